import type * as ast from '../syntax/ast.js';
import { type Callable, checkArgumentValues, matchArguments, mismatch } from './arguments.js';
import { type Context, declarationText } from './context.js';
import { checkExpression, checkValue } from './expressions.js';
import { checkKeysets } from './keysets.js';
import { checkMatch } from './matches.js';
import { choices, Scope, suggestion } from './scope.js';
import { isUnknown, representation, typeText, unknownType } from './type-ops.js';
import type { Type } from './types.js';

const none = new Map<ast.TypeParameter, Type>();

/** A table and all its properties (P4_16 §14.2). */
export function checkTable(context: Context, table: ast.TableDeclaration, outer: Scope): void {
  const scope = new Scope(outer, { place: 'table' });
  if (table.actionsSpan === undefined) {
    context.error('P4C309', `table '${table.name.text}' has no 'actions'`, table.name.span);
  }
  const keyTypes = (table.key ?? []).map((key) => checkKey(context, key, scope));
  const listed = new Map<string, Listed>();
  for (const item of table.actions) {
    const decl = checkListedAction(context, item, scope);
    const name = item.action.path.name.text;
    const before = listed.get(name);
    if (before !== undefined) {
      context.error('P4C303', `the action '${name}' is listed twice`, item.span, [
        { message: 'the first is here', span: before.item.span },
      ]);
    } else if (decl !== undefined) listed.set(name, { item, decl });
  }
  if (table.defaultAction !== undefined) {
    const found = checkChosenAction(context, table, table.defaultAction.action, listed, scope);
    if (found?.item.annotations.some((a) => a.name === 'tableonly')) {
      const message = `'${found.decl.name.text}' is @tableonly and cannot be the default action`;
      context.error('P4C309', message, table.defaultAction.span);
    }
  }
  if (table.entries !== undefined) checkEntries(context, table, table.entries.list, keyTypes, listed, scope);
  if (table.size !== undefined) checkSize(context, table.size, scope);
  for (const property of table.properties) checkProperty(context, property, scope);
  context.declare(outer, table);
}

interface Listed {
  readonly item: ast.TableAction;
  readonly decl: ast.ActionDeclaration;
}

function checkKey(context: Context, key: ast.TableKey, scope: Scope): Type {
  const type = checkValue(context, key.expression, scope);
  const { text, span } = key.matchKind;
  if (!context.matchKinds.includes(text)) {
    const valid =
      suggestion(text, context.matchKinds) || `; the kinds here are ${choices(context.matchKinds)}`;
    context.error('P4C301', `unknown match kind '${text}'${valid}`, span);
  }
  const base = representation(type);
  switch (base.kind) {
    case 'bit':
    case 'fixedInt':
    case 'bool':
    case 'enum':
    case 'error':
    case 'dontcare':
    case 'typeVariable':
      return type;
    default: {
      const hint =
        base.kind === 'int' ? '; give it a width' : base.kind === 'header' ? '; name one of its fields' : '';
      context.error(
        'P4C309',
        `a key must be a number, bool, enum or error, found ${typeText(type)}${hint}`,
        key.expression.span,
      );
      return unknownType;
    }
  }
}

function actionOf(
  context: Context,
  call: ast.TableActionCall,
  scope: Scope,
): ast.ActionDeclaration | undefined {
  const [decl] = context.lookup(call.path.name, call.path.absolute, scope, 'action');
  if (decl === undefined) return undefined;
  context.declarations.set(call.path, decl);
  if (decl.kind !== 'ActionDeclaration') {
    context.error('P4C304', `expected an action, found ${declarationText(decl)}`, call.path.span);
    return undefined;
  }
  context.types.set(call.path, { kind: 'action', decl });
  return decl;
}

function callable(decl: ast.ActionDeclaration, params: readonly ast.Parameter[]): Callable {
  return {
    text: `action '${decl.name.text}'`,
    params,
    typeParams: [],
    bindings: none,
    directionlessIsConstant: true,
    mayStayOpen: false,
  };
}

/** In the list, an action has arguments for its parameters with a direction; the others come from the control plane. */
function checkListedAction(
  context: Context,
  item: ast.TableAction,
  scope: Scope,
): ast.ActionDeclaration | undefined {
  const { action } = item;
  const argTypes = checkArgumentValues(context, action.args, scope);
  const decl = actionOf(context, action, scope);
  if (decl === undefined) return undefined;
  const bound = decl.params.filter((p) => p.direction !== '');
  const problem = mismatch(action.args, callable(decl, bound));
  if (problem !== undefined) {
    const data = decl.params.filter((p) => p.direction === '').map((p) => `'${p.name.text}'`);
    const why = data.length === 0 ? '' : `; the control plane gives ${data.join(', ')}`;
    context.error('P4C305', `in a table's list, ${problem.message}${why}`, problem.span ?? item.span);
    return decl;
  }
  matchArguments(context, callable(decl, bound), [], action.args, argTypes, action.span);
  return decl;
}

/** An action with all its arguments, as default or in an entry; those bound in the list must be the same there. */
function checkChosenAction(
  context: Context,
  table: ast.TableDeclaration,
  call: ast.TableActionCall,
  listed: ReadonlyMap<string, Listed>,
  scope: Scope,
): Listed | undefined {
  const argTypes = checkArgumentValues(context, call.args, scope);
  const decl = actionOf(context, call, scope);
  if (decl === undefined) return undefined;
  const found = [...listed.values()].find((l) => l.decl === decl);
  if (found === undefined) {
    const valid = table.actions.length === 0 ? '' : `; it has ${choices(listed.keys())}`;
    const message = `action '${decl.name.text}' is not in the list of table '${table.name.text}'${valid}`;
    context.error('P4C309', message, call.span);
    return undefined;
  }
  const whole = callable(decl, decl.params);
  const problem = mismatch(call.args, whole);
  if (problem !== undefined) {
    context.error('P4C305', problem.message, problem.span ?? call.span);
    return found;
  }
  matchArguments(context, whole, [], call.args, argTypes, call.span);
  const { args } = found.item.action;
  args.forEach((arg, i) => {
    const given = call.args[i];
    if (given === undefined || given.name !== undefined) return;
    if (sourceText(given) !== sourceText(arg)) {
      context.error(
        'P4C309',
        `this argument must be '${sourceText(arg)}', as in the list of actions`,
        given.span,
        [{ message: 'it is bound here', span: arg.span }],
      );
    }
  });
  return found;
}

function sourceText({ span }: ast.Argument): string {
  return span.file.text.slice(span.start, span.end).replace(/\s+/g, ' ');
}

function checkEntries(
  context: Context,
  table: ast.TableDeclaration,
  entries: readonly ast.TableEntryNode[],
  keyTypes: readonly Type[],
  listed: ReadonlyMap<string, Listed>,
  scope: Scope,
): void {
  if (keyTypes.length === 0 && entries.length > 0) {
    context.error('P4C309', `table '${table.name.text}' has entries but no key`, table.entries!.span);
    return;
  }
  for (const entry of entries) {
    checkKeysets(context, entry.keysets, keyTypes, scope, entry.span);
    for (const keyset of entry.keysets) checkKnown(context, keyset);
    const found = checkChosenAction(context, table, entry.action, listed, scope);
    if (found?.item.annotations.some((a) => a.name === 'defaultonly')) {
      const message = `'${found.decl.name.text}' is @defaultonly and cannot be the action of an entry`;
      context.error('P4C309', message, entry.action.span);
    }
    if (entry.priority !== undefined) checkSize(context, entry.priority, scope, 'the priority');
    if (entry.keysets.length !== keyTypes.length) continue;
    entry.keysets.forEach((keyset, i) => {
      checkMatch(context, keyset, table.key![i]!.matchKind.text, keyTypes[i]!);
    });
  }
}

function checkKnown(context: Context, keyset: ast.Expression): void {
  const parts =
    keyset.kind === 'MaskExpression'
      ? [keyset.value, keyset.mask]
      : keyset.kind === 'RangeExpression'
        ? [keyset.lo, keyset.hi]
        : keyset.kind === 'DefaultExpression'
          ? []
          : [keyset];
  for (const part of parts) {
    const type = context.types.get(part);
    if (type === undefined || isUnknown(type) || type.kind === 'set' || context.constants.has(part)) continue;
    context.error('P4C307', 'the key of an entry must be known at compile time', part.span);
  }
}

function checkSize(context: Context, e: ast.Expression, scope: Scope, what = 'the size of a table'): void {
  const type = checkValue(context, e, scope);
  if (isUnknown(type)) return;
  const value = context.constants.get(e);
  if (value === undefined && (type.kind === 'int' || type.kind === 'bit')) return;
  if (value?.kind !== 'int' || value.value < 0n) {
    context.error('P4C307', `${what} must be a number known at compile time and not negative`, e.span);
  }
}

/** What the property means is for the architecture; here only its expression is resolved. */
function checkProperty(context: Context, property: ast.TableProperty, scope: Scope): void {
  const type = checkExpression(context, property.value, scope);
  if (type.kind === 'function' || type.kind === 'state') {
    context.error('P4C304', `the property '${property.name.text}' must be a value`, property.value.span);
  }
}
