import { larger, maskOf, smaller } from '../bits/bits.js';
import { MAX_SHIFT } from '../engine/packet.js';
import { candidates, type DataExpr } from '../ir/expressions.js';
import type { Field } from '../ir/program.js';

/** All values that an expression can take lie in min..max. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

export function isSafe({ min, max }: Range): boolean {
  return min >= -SAFE && max <= SAFE;
}

export function isUint32({ min, max }: Range): boolean {
  return min >= 0n && max <= 0xffffffffn;
}

export function isInt32({ min, max }: Range): boolean {
  return min >= -0x80000000n && max <= 0x7fffffffn;
}

/** 32-bit words that hold every value of the range; with a sign bit if it goes below zero. */
export function wordsFor({ min, max }: Range): number {
  const bits = min < 0n ? Math.max(bitLength(max), bitLength(-min - 1n)) + 1 : bitLength(max);
  return Math.max(1, Math.ceil(bits / 32));
}

function bitLength(value: bigint): number {
  return value <= 0n ? 0 : value.toString(2).length;
}

const cache = new WeakMap<DataExpr, Range>();

export function rangeOf(expr: DataExpr): Range {
  const known = cache.get(expr);
  if (known) return known;
  const range = compute(expr);
  cache.set(expr, range);
  return range;
}

export function fieldRange(field: Field): Range {
  if (field.signed) return { min: -(1n << BigInt(field.width - 1)), max: maskOf(field.width - 1) };
  return { min: 0n, max: maskOf(field.width) };
}

function unsigned(width: number): Range {
  return { min: 0n, max: maskOf(width) };
}

function compute(expr: DataExpr): Range {
  switch (expr.kind) {
    case 'const':
      return { min: expr.value, max: expr.value };
    case 'field':
      return fieldRange(expr.field);
    case 'validBit':
    case 'fromBool':
      return unsigned(1);
    case 'local':
      return unsigned(expr.width);
    case 'register':
      return unsigned(expr.array.width);
    case 'binary':
      return binaryRange(expr.op, rangeOf(expr.left), rangeOf(expr.right));
    case 'not': {
      const { min, max } = rangeOf(expr.operand);
      return { min: -max - 1n, max: -min - 1n };
    }
    case 'cast': {
      const inner = rangeOf(expr.operand);
      const to =
        expr.op === 'usat_cast'
          ? unsigned(expr.width)
          : { min: -(1n << BigInt(expr.width - 1)), max: maskOf(expr.width - 1) };
      if (inner.min >= to.min && inner.max <= to.max) return inner;
      return to;
    }
    case 'choose':
      return union(rangeOf(expr.whenTrue), rangeOf(expr.whenFalse));
    case 'lastField':
      return union(zero, fieldRange(expr.stack.headers[0]!.fields[expr.offset]!));
    case 'lastUnionField':
      return union(zero, fieldRange(expr.stack.unions[0]!.headers[expr.member]!.fields[expr.offset]!));
    case 'accessField':
      return union(zero, fieldRange(candidates(expr.header)[0]!.fields[expr.offset]!));
    case 'lastIndex':
      return unsigned(32);
    case 'stackSize':
      return { min: 0n, max: BigInt(expr.stack.headers.length) };
  }
}

const zero: Range = { min: 0n, max: 0n };

function union(a: Range, b: Range): Range {
  return { min: smaller(a.min, b.min), max: larger(a.max, b.max) };
}

function binaryRange(op: string, left: Range, right: Range): Range {
  switch (op) {
    case '+':
      return { min: left.min + right.min, max: left.max + right.max };
    case '-':
      return { min: left.min - right.max, max: left.max - right.min };
    case '*':
      return hull([left.min * right.min, left.min * right.max, left.max * right.min, left.max * right.max]);
    case '/':
    case '%': {
      const most = larger(left.max, -left.min);
      if (op === '%' && left.min >= 0n && right.min >= 0n) {
        return { min: 0n, max: right.max > 0n && right.max - 1n < left.max ? right.max - 1n : left.max };
      }
      return { min: left.min >= 0n && right.min >= 0n ? 0n : -most, max: most };
    }
    case '<<': {
      const [least, most] = shifts(right);
      return hull([left.min << least, left.min << most, left.max << least, left.max << most]);
    }
    case '>>': {
      const [least, most] = shifts(right);
      return hull([left.min >> least, left.min >> most, left.max >> least, left.max >> most]);
    }
    case '&':
      if (left.min >= 0n && right.min >= 0n) {
        return { min: 0n, max: smaller(left.max, right.max) };
      }
      if (left.min >= 0n) return { min: 0n, max: left.max };
      if (right.min >= 0n) return { min: 0n, max: right.max };
      return bitwise(left, right);
    default:
      return bitwise(left, right);
  }
}

function bitwise(left: Range, right: Range): Range {
  const lengths = [left.max, right.max, -left.min - 1n, -right.min - 1n].map(bitLength);
  const all = maskOf(Math.max(...lengths));
  return left.min >= 0n && right.min >= 0n ? { min: 0n, max: all } : { min: -all - 1n, max: all };
}

function shifts(range: Range): [bigint, bigint] {
  const clamp = (value: bigint): bigint =>
    value < 0n ? 0n : value > BigInt(MAX_SHIFT) ? BigInt(MAX_SHIFT) : value;
  return [clamp(range.min), clamp(range.max)];
}

function hull(values: readonly bigint[]): Range {
  return {
    min: values.reduce(smaller),
    max: values.reduce(larger),
  };
}
