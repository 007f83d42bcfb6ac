import type * as ast from '../syntax/ast.js';
import { checkAssignable, convertConstant } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { resolveValueType } from './resolve.js';
import type { Scope } from './scope.js';
import { isUnknown, typeText } from './type-ops.js';
import type { Type } from './types.js';
import { isCompileTimeKnown } from './values.js';

export function checkVariable(context: Context, decl: ast.VariableDeclaration, scope: Scope): void {
  const type = resolveValueType(context, decl.type, scope);
  const why = whyNoVariable(type);
  if (why !== undefined)
    context.error('P4C304', `a variable cannot be ${typeText(type)}: ${why}`, decl.type.span);
  context.declared.set(decl, type);
  if (decl.init !== undefined) {
    const init = checkValue(context, decl.init, scope);
    checkAssignable(context, init, type, `the value of '${decl.name.text}'`, decl.init.span, decl.init);
  }
  context.declare(scope, decl);
}

/** Types that no variable has (P4_16 §7.2): they have no value that a packet could change. */
function whyNoVariable(type: Type): string | undefined {
  switch (type.kind) {
    case 'void':
      return 'it has no values';
    case 'int':
      return 'give it a width, as in bit<32>';
    case 'string':
    case 'matchKind':
    case 'list':
      return 'it exists only at compile time; use const';
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return `an instance is made with arguments, as in ${type.name}() x;`;
    default:
      return undefined;
  }
}

export function checkConstant(context: Context, decl: ast.ConstantDeclaration, scope: Scope): void {
  const type = resolveValueType(context, decl.type, scope);
  context.declared.set(decl, type);
  const found = checkValue(context, decl.value, scope);
  if (
    type.kind === 'extern' ||
    type.kind === 'parser' ||
    type.kind === 'control' ||
    type.kind === 'package'
  ) {
    context.error('P4C304', `a constant cannot be ${typeText(type)}; declare an instance`, decl.type.span);
  }
  const what = `the value of '${decl.name.text}'`;
  const fits = checkAssignable(context, found, type, what, decl.value.span, decl.value);
  const value = context.constants.get(decl.value);
  if (value !== undefined && fits) context.constantValues.set(decl, convertConstant(value, type));
  else if (fits && !isUnknown(found) && !isCompileTimeKnown(context, decl.value)) {
    context.error('P4C307', `${what} must be known at compile time`, decl.value.span);
  }
  context.declare(scope, decl);
}
