import type * as ast from '../syntax/ast.js';

/** Width and signedness of a fixed-width integer; undefined stands for `int`, which never wraps. */
export interface Integer {
  readonly width: number;
  readonly signed: boolean;
}

/** Brings a value into the range of its type, as assignment to `bit<W>` or `int<W>` does (P4_16 §8.6, §8.7). */
export function wrap(value: bigint, type: Integer | undefined): bigint {
  if (!type) return value;
  return type.signed ? BigInt.asIntN(type.width, value) : BigInt.asUintN(type.width, value);
}

function saturate(value: bigint, type: Integer | undefined): bigint {
  if (!type) return value;
  const high = (1n << BigInt(type.signed ? type.width - 1 : type.width)) - 1n;
  const low = type.signed ? -high - 1n : 0n;
  return value > high ? high : value < low ? low : value;
}

/** Shift amounts beyond this would only make the compiler allocate memory without a use. */
const GREATEST_SHIFT = 1n << 16n;

/**
 * The value of `left op right` for integers, or undefined where the operation has none (division by zero, a negative
 * or absurd shift). `type` is the type of the result; comparisons give 0 or 1.
 */
export function foldInteger(
  op: ast.BinaryOperator,
  left: bigint,
  right: bigint,
  type: Integer | undefined,
): bigint | undefined {
  switch (op) {
    case '+':
      return wrap(left + right, type);
    case '-':
      return wrap(left - right, type);
    case '*':
      return wrap(left * right, type);
    case '/':
      return right === 0n ? undefined : wrap(left / right, type);
    case '%':
      return right === 0n ? undefined : wrap(left % right, type);
    case '|+|':
      return saturate(left + right, type);
    case '|-|':
      return saturate(left - right, type);
    case '<<':
      return foldShiftLeft(left, right, type);
    case '>>':
      return right < 0n ? undefined : left >> right;
    case '&':
      return wrap(left & right, type);
    case '|':
      return wrap(left | right, type);
    case '^':
      return wrap(left ^ right, type);
    case '==':
      return bit(left === right);
    case '!=':
      return bit(left !== right);
    case '<':
      return bit(left < right);
    case '<=':
      return bit(left <= right);
    case '>':
      return bit(left > right);
    case '>=':
      return bit(left >= right);
    default:
      return undefined;
  }
}

function foldShiftLeft(left: bigint, right: bigint, type: Integer | undefined): bigint | undefined {
  if (right < 0n) return undefined;
  if (type && right >= BigInt(type.width)) return 0n;
  return right > GREATEST_SHIFT ? undefined : wrap(left << right, type);
}

function bit(condition: boolean): bigint {
  return condition ? 1n : 0n;
}
