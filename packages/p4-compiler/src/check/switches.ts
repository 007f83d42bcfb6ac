import type * as ast from '../syntax/ast.js';
import { isAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkExpression, checkValue } from './expressions.js';
import { choices, type Scope, suggestion } from './scope.js';
import { checkBlock } from './statements.js';
import { isNumeric, isUnknown, representation, typeText } from './type-ops.js';
import type { Type } from './types.js';

/** `switch` over the action a table ran or over a value (P4_16 §12.7). */
export function checkSwitch(context: Context, s: ast.SwitchStatement, scope: Scope): void {
  const type = checkExpression(context, s.selector, scope);
  const seen = new Map<string, ast.Node['span']>();
  s.cases.forEach((c, index) => {
    const label = checkLabel(context, c.label, type, scope);
    const before = label === undefined ? undefined : seen.get(label);
    if (before !== undefined) {
      context.error('P4C303', 'this case is already there', c.label.span, [
        { message: 'the first is here', span: before },
      ]);
    } else if (label !== undefined) seen.set(label, c.label.span);
    if (c.label.kind === 'DefaultExpression' && index < s.cases.length - 1) {
      context.error('P4C313', "'default' must be the last case of a switch", c.label.span);
    }
    if (c.body !== undefined) checkBlock(context, c.body, scope);
  });
  if (type.kind === 'actionRun' || isUnknown(type)) return;
  const base = representation(type);
  if (!isNumeric(base) && base.kind !== 'enum' && base.kind !== 'error' && base.kind !== 'bool') {
    const hint = type.kind === 'applyResult' ? '; write .action_run behind it' : '';
    context.error(
      'P4C302',
      `'switch' takes a number, an enum, an error or an action_run, found ${typeText(type)}${hint}`,
      s.selector.span,
    );
  }
}

/** A text that is equal for equal labels; undefined where it cannot be told. */
function checkLabel(context: Context, label: ast.Expression, type: Type, scope: Scope): string | undefined {
  if (label.kind === 'DefaultExpression') {
    context.types.set(label, { kind: 'set', element: type });
    return 'default';
  }
  if (type.kind === 'actionRun') return checkActionLabel(context, label, type.decl, scope);
  const found = checkValue(context, label, scope);
  if (isUnknown(found) || isUnknown(type)) return undefined;
  if (!isAssignable(context, found, type)) {
    context.error('P4C302', `the case must be ${typeText(type)}, found ${typeText(found)}`, label.span);
    return undefined;
  }
  const constant = context.constants.get(label);
  if (constant === undefined) {
    context.error('P4C307', 'a case must be known at compile time', label.span);
    return undefined;
  }
  return constant.kind === 'int' || constant.kind === 'bool' || constant.kind === 'name'
    ? String(constant.value)
    : undefined;
}

function checkActionLabel(
  context: Context,
  label: ast.Expression,
  table: ast.TableDeclaration,
  scope: Scope,
): string | undefined {
  if (label.kind !== 'PathExpression') {
    context.error('P4C304', `the cases of action_run are actions' names`, label.span);
    return undefined;
  }
  const names = table.actions.map((a) => a.action.path.name.text);
  const { text } = label.name;
  if (!names.includes(text)) {
    const valid = suggestion(text, names) || `; it has ${choices(names)}`;
    context.error('P4C301', `table '${table.name.text}' has no action '${text}'${valid}`, label.span);
    return undefined;
  }
  checkExpression(context, label, scope);
  return text;
}
