import type * as ast from '../syntax/ast.js';
import { convertConstant, isAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { foldCast } from './fold.js';
import { resolveValueType } from './resolve.js';
import type { Scope } from './scope.js';
import { isFixed, isStructLike, isUnknown, sameType, typeText, unknownType } from './type-ops.js';
import type { Type } from './types.js';

export function checkCast(context: Context, e: ast.CastExpression, scope: Scope): Type {
  const to = castTarget(context, e, scope);
  const from = checkValue(context, e.operand, scope);
  if (isUnknown(from) || isUnknown(to)) return to;
  if (!mayCast(context, from, to)) {
    context.error('P4C315', `cannot cast ${typeText(from)} to ${typeText(to)}${advice(from, to)}`, e.span);
    return unknownType;
  }
  const constant = context.constants.get(e.operand);
  if (constant === undefined) return to;
  if (to.kind === 'bool' && constant.kind === 'int' && constant.value !== 0n && constant.value !== 1n) {
    context.error('P4C315', `only 0 and 1 can be cast to bool, found ${constant.value}`, e.span);
  }
  const folded =
    constant.kind === 'list' || constant.kind === 'struct'
      ? convertConstant(constant, to)
      : foldCast(constant, to);
  if (folded !== undefined) context.constants.set(e, folded);
  return to;
}

/** `(S){ ... }` of a generic struct may leave its arguments to the literal; every other type is complete. */
function castTarget(context: Context, e: ast.CastExpression, scope: Scope): Type {
  const type = resolveValueType(context, e.type, scope);
  if (type.kind === 'void') {
    context.error('P4C315', 'nothing can be cast to void', e.type.span);
    return unknownType;
  }
  return type;
}

/** P4_16 §8.11.1. */
function mayCast(context: Context, from: Type, to: Type): boolean {
  if (sameType(from, to) || isAssignable(context, from, to)) return true;
  switch (to.kind) {
    case 'bit':
    case 'fixedInt':
      if (from.kind === 'bool') return to.kind === 'bit' && to.width === 1;
      if (isFixed(from)) return from.kind === to.kind || from.width === to.width;
      return castFromNamed(context, from, to);
    case 'int':
      if (from.kind === 'bool') return true;
      return isFixed(from) || castFromNamed(context, from, to);
    case 'bool':
      return (
        (from.kind === 'bit' && from.width === 1) || from.kind === 'int' || castFromNamed(context, from, to)
      );
    case 'newtype':
      if (from.kind === 'newtype') return sameType(from.underlying, to) || sameType(from, to.underlying);
      if (from.kind === 'int') return mayCast(context, from, to.underlying);
      return sameType(from, to.underlying) || isAssignable(context, from, to.underlying);
    case 'serEnum':
      return from.kind === 'int' || sameType(from, to.underlying) || castFromNamed(context, from, to);
    default:
      // A struct with one field may take a value in braces only; `(S) x` of another struct is a mistake.
      return isStructLike(to) && isStructLike(from) && sameType(from, to);
  }
}

/** From a newtype or serialisable enum: over what it is made of. */
function castFromNamed(context: Context, from: Type, to: Type): boolean {
  if (from.kind === 'serEnum') return mayCast(context, from.underlying, to);
  return from.kind === 'newtype' && (sameType(from.underlying, to) || mayCast(context, from.underlying, to));
}

function advice(from: Type, to: Type): string {
  if (isFixed(from) && isFixed(to)) {
    return `; change sign and width in two steps: (${typeText(to)})(${to.kind === 'bit' ? 'bit' : 'int'}<${from.width}>)`;
  }
  if (to.kind === 'bool' && isFixed(from)) return '; compare it: x != 0';
  return '';
}
