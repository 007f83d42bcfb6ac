import type * as ast from '../syntax/ast.js';
import { isAssignable } from './assign.js';
import type { Context } from './context.js';
import { type Folded, foldBinary, foldConcat } from './fold.js';
import { boolType, isFixed, isNumeric, isUnknown, sameType, typeText, unknownType } from './type-ops.js';
import type { Type } from './types.js';

/**
 * The type of `left op right` from the types of both (P4_16 §8.6 to §8.9), and its value where both are constants.
 * Reports what does not fit.
 */
export function checkBinary(context: Context, e: ast.BinaryExpression, left: Type, right: Type): Type {
  const result = binaryType(context, e, left, right);
  if (result === undefined) return unknownType;
  const a = context.constants.get(e.left);
  const b = context.constants.get(e.right);
  // A constant divisor of zero is wrong, whatever is divided.
  if ((e.op === '/' || e.op === '%') && b?.kind === 'int' && b.value <= 0n) {
    context.error(
      'P4C311',
      b.value === 0n ? 'division by zero' : `'${e.op}' by a negative number`,
      e.right.span,
    );
    return result.type;
  }
  if (a !== undefined && b !== undefined) {
    const folded: Folded =
      e.op === '++' && a.kind === 'int'
        ? foldConcat(a, b, right, result.type)
        : foldBinary(e.op, a, b, result.operands, result.type);
    if (folded?.kind === 'problem') context.error('P4C311', folded.message, e.span);
    else if (folded !== undefined) context.constants.set(e, folded);
  }
  return result.type;
}

interface Typed {
  readonly type: Type;
  /** What both operands are after implicit casts; of shifts, the left one. */
  readonly operands: Type;
}

function binaryType(context: Context, e: ast.BinaryExpression, l: Type, r: Type): Typed | undefined {
  if (isUnknown(l) || isUnknown(r)) {
    const comparison = ['==', '!=', '<', '<=', '>', '>=', '&&', '||'].includes(e.op);
    return comparison
      ? { type: boolType, operands: unknownType }
      : { type: unknownType, operands: unknownType };
  }
  const left = l.kind === 'serEnum' && e.op !== '==' && e.op !== '!=' ? l.underlying : l;
  const right = r.kind === 'serEnum' && e.op !== '==' && e.op !== '!=' ? r.underlying : r;
  const fail = (expected: string): undefined => {
    const message = `'${e.op}' ${expected}, found ${typeText(l)} and ${typeText(r)}`;
    context.error('P4C311', message, e.span);
    return undefined;
  };
  switch (e.op) {
    case '&&':
    case '||':
      if (left.kind !== 'bool' || right.kind !== 'bool') return fail('takes two bool');
      return { type: boolType, operands: boolType };
    case '==':
    case '!=': {
      const common = commonType(context, left, right);
      if (common === undefined || !isComparable(common)) return fail('compares two values of one type');
      return { type: boolType, operands: common };
    }
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const common = numericType(left, right);
      if (common === undefined) return fail('compares two numbers of one type');
      return { type: boolType, operands: common };
    }
    case '<<':
    case '>>':
      return shiftType(context, e, left, right, fail);
    case '++':
      if (left.kind === 'string' && right.kind === 'string') return { type: left, operands: left };
      if (!isFixed(left) || !isFixed(right)) return fail('joins two values of known width');
      return { type: { kind: left.kind, width: left.width + right.width }, operands: left };
    case '|+|':
    case '|-|': {
      const common = numericType(left, right);
      if (common === undefined || !isFixed(common)) return fail('takes two numbers of one fixed-width type');
      return { type: common, operands: common };
    }
    case '/':
    case '%': {
      const common = numericType(left, right);
      if (common === undefined) return fail('takes two numbers of one type');
      if (common.kind === 'fixedInt') return fail('is not defined for signed numbers');
      return { type: common, operands: common };
    }
    default: {
      const common = numericType(left, right);
      if (common === undefined) return fail('takes two numbers of one type');
      return { type: common, operands: common };
    }
  }
}

function shiftType(
  context: Context,
  e: ast.BinaryExpression,
  left: Type,
  right: Type,
  fail: (expected: string) => undefined,
): Typed | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return fail('shifts a number by a number');
  const by = context.constants.get(e.right);
  if (right.kind === 'fixedInt') return fail('shifts by an unsigned number');
  if (by?.kind === 'int' && by.value < 0n) return fail('shifts by a number that is not negative');
  if (left.kind === 'int' && (by === undefined || context.constants.get(e.left) === undefined)) {
    return fail('of an unsized int needs both numbers at compile time; give the left one a width');
  }
  if (isFixed(left) && by?.kind === 'int' && by.value >= BigInt(left.width) && left.width > 0) {
    context.diagnostics.warning(
      'P4C311',
      `a shift of ${typeText(left)} by ${by.value} leaves none of its bits`,
      e.span,
    );
  }
  return { type: left, operands: left };
}

/** One numeric type for both; a literal takes the other's. */
function numericType(left: Type, right: Type): Type | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  if (left.kind === 'int') return right;
  if (right.kind === 'int' || sameType(left, right)) return left;
  return undefined;
}

/** The type that both sides of `==` or both branches of `?:` take. */
export function commonType(context: Context, left: Type, right: Type): Type | undefined {
  if (left.kind === 'set' || right.kind === 'set') return undefined;
  if (sameType(left, right)) return isUnknown(left) ? right : left;
  if (isNumeric(left) && isNumeric(right)) return numericType(left, right);
  if (isAssignable(context, right, left)) return left;
  if (isAssignable(context, left, right)) return right;
  if (left.kind === 'serEnum') return commonType(context, left.underlying, right);
  if (right.kind === 'serEnum') return commonType(context, left, right.underlying);
  if (left.kind === 'tuple' && right.kind === 'tuple' && left.elements.length === right.elements.length) {
    const elements = left.elements.map((t, i) => commonType(context, t, right.elements[i]!));
    if (elements.every((t) => t !== undefined)) return { kind: 'tuple', elements };
  }
  return undefined;
}

function isComparable(type: Type): boolean {
  switch (type.kind) {
    case 'bit':
    case 'fixedInt':
    case 'varbit':
    case 'int':
    case 'bool':
    case 'string':
    case 'error':
    case 'matchKind':
    case 'enum':
    case 'serEnum':
    case 'dontcare':
      return true;
    case 'newtype':
      return isComparable(type.underlying);
    case 'struct':
    case 'header':
    case 'headerUnion':
    case 'structLiteral':
      return type.fields.every((f) => isComparable(f.type));
    case 'headerStack':
      return isComparable(type.element);
    case 'tuple':
      return type.elements.every(isComparable);
    default:
      return false;
  }
}
