import type * as ast from '../syntax/ast.js';
import { wrap } from './assign.js';
import { isFixed } from './type-ops.js';
import type { Constant, Type } from './types.js';

/** What an operation on constants gives, or why it has no value. */
export type Folded = Constant | { readonly kind: 'problem'; readonly message: string } | undefined;

const int = (value: bigint): Constant => ({ kind: 'int', value });
const bool = (value: boolean): Constant => ({ kind: 'bool', value });

/** Shifts of `int` beyond this would only waste memory. */
const maxShift = 65_536n;
/** A chain of constants, each the square of the one before, would take all memory there is. */
const maxInt = 1n << 131_072n;
const maxText = 1_000_000;

/**
 * Evaluates `a op b` as P4_16 §8.6 to §8.9 say: fixed widths wrap, |+| and |-| saturate, division rounds towards zero.
 * `type` is the type both operands have after implicit casts (the left one's for shifts), `result` the expression's.
 */
export function foldBinary(
  op: ast.BinaryOperator,
  a: Constant,
  b: Constant,
  type: Type,
  result: Type,
): Folded {
  if (op === '==' || op === '!=') {
    const equal = sameConstant(a, b, type);
    return bool((op === '==') === equal);
  }
  if (a.kind === 'bool' && b.kind === 'bool') {
    if (op === '&&') return bool(a.value && b.value);
    if (op === '||') return bool(a.value || b.value);
    return undefined;
  }
  if (a.kind === 'string' && b.kind === 'string' && op === '++') {
    if (a.value.length + b.value.length > maxText)
      return { kind: 'problem', message: 'the string is too long' };
    return { kind: 'string', value: a.value + b.value };
  }
  if (a.kind !== 'int' || b.kind !== 'int') return undefined;
  return foldInts(
    op,
    op === '<<' || op === '>>' || op === '++' ? a.value : wrap(a.value, type),
    b.value,
    type,
    result,
  );
}

function foldInts(op: ast.BinaryOperator, a: bigint, right: bigint, type: Type, result: Type): Folded {
  const shifts = op === '<<' || op === '>>' || op === '++';
  const b = shifts ? right : wrap(right, type);
  switch (op) {
    case '+':
      return int(wrap(a + b, type));
    case '-':
      return int(wrap(a - b, type));
    case '*':
      return bounded(wrap(a * b, type));
    case '/':
    case '%':
      if (b === 0n) return { kind: 'problem', message: `division by zero` };
      if (a < 0n || b < 0n)
        return { kind: 'problem', message: `'${op}' is not defined for negative numbers` };
      return int(op === '/' ? a / b : a % b);
    case '|+|':
      return int(saturate(a + b, type));
    case '|-|':
      return int(saturate(a - b, type));
    case '&':
      return int(wrap(a & b, type));
    case '|':
      return int(wrap(a | b, type));
    case '^':
      return int(wrap(a ^ b, type));
    case '<<':
    case '>>':
      return foldShift(op, a, b, result);
    case '<':
      return bool(a < b);
    case '<=':
      return bool(a <= b);
    case '>':
      return bool(a > b);
    case '>=':
      return bool(a >= b);
    default:
      return undefined;
  }
}

function foldShift(op: '<<' | '>>', a: bigint, by: bigint, type: Type): Folded {
  if (by < 0n) return { kind: 'problem', message: `cannot shift by ${by}, which is negative` };
  const limit = isFixed(type) ? BigInt(type.width) : maxShift;
  const amount = by > limit ? limit : by;
  if (op === '<<' && !isFixed(type) && by > maxShift)
    return { kind: 'problem', message: `a shift by ${by} is too far` };
  return bounded(wrap(op === '<<' ? a << amount : a >> amount, type));
}

function bounded(value: bigint): Folded {
  if (value > maxInt || value < -maxInt)
    return { kind: 'problem', message: 'the number has too many digits' };
  return int(value);
}

function saturate(value: bigint, type: Type): bigint {
  if (!isFixed(type)) return value;
  const width = BigInt(type.width);
  const [low, high] =
    type.kind === 'bit' ? [0n, (1n << width) - 1n] : [-(1n << (width - 1n)), (1n << (width - 1n)) - 1n];
  return value < low ? low : value > high ? high : value;
}

/** `hi ++ lo`, whose widths its operands have. */
export function foldConcat(a: Constant, b: Constant, low: Type, result: Type): Folded {
  if (a.kind !== 'int' || b.kind !== 'int' || !isFixed(low)) return undefined;
  return int(wrap((a.value << BigInt(low.width)) | BigInt.asUintN(low.width, b.value), result));
}

export function foldUnary(op: ast.UnaryExpression['op'], a: Constant, type: Type): Constant | undefined {
  if (op === '!' && a.kind === 'bool') return bool(!a.value);
  if (a.kind !== 'int') return undefined;
  if (op === '-') return int(wrap(-a.value, type));
  if (op === '~') return int(wrap(~a.value, type));
  return op === '+' ? a : undefined;
}

export function foldSlice(a: Constant, hi: number, lo: number): Constant | undefined {
  return a.kind === 'int' ? int(BigInt.asUintN(hi - lo + 1, a.value >> BigInt(lo))) : undefined;
}

/** A constant after an explicit cast to `type` (P4_16 §8.11.1). */
export function foldCast(a: Constant, type: Type): Constant | undefined {
  if (a.kind === 'bool' && type.kind !== 'bool') return int(a.value ? 1n : 0n);
  if (a.kind === 'int' && type.kind === 'bool') return bool(a.value !== 0n);
  return a.kind === 'int' ? int(wrap(a.value, type)) : a;
}

export function sameConstant(a: Constant, b: Constant, type: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'int' && b.kind === 'int') return wrap(a.value, type) === wrap(b.value, type);
  if (a.kind === 'list' && b.kind === 'list') {
    const elements = type.kind === 'tuple' ? type.elements : [];
    return (
      a.elements.length === b.elements.length &&
      a.elements.every((e, i) => sameConstant(e, b.elements[i]!, elements[i] ?? type))
    );
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    const others = new Map(b.fields);
    return a.fields.every(([name, value]) => {
      const other = others.get(name);
      return other !== undefined && sameConstant(value, other, { kind: 'int' });
    });
  }
  if (a.kind === 'list' || a.kind === 'struct' || b.kind === 'list' || b.kind === 'struct') return false;
  return a.kind === b.kind && a.value === b.value;
}
