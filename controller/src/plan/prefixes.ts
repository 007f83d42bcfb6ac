import type { Range } from '../intent/ranges.js';

/** `length` leading bits of `value` are given, the others are zero. */
export interface Prefix {
  readonly value: bigint;
  readonly length: number;
}

/**
 * The fewest prefixes of a `bits`-bit space that cover [start, end) exactly, in ascending order: at each step the largest
 * aligned power of two that fits (RFC 4632 §5.1 aggregates the same way).
 */
export function prefixesOf(range: Range, bits = 64): Prefix[] {
  const prefixes: Prefix[] = [];
  const space = 1n << BigInt(bits);
  if (range.start < 0n || range.end > space) throw new RangeError(`a range outside of ${bits} bits`);
  let at = range.start;
  while (at < range.end) {
    // The largest power of two that divides `at`; everything divides zero.
    let size = at === 0n ? space : at & -at;
    while (at + size > range.end) size >>= 1n;
    prefixes.push({ value: at, length: bits - bitLength(size) + 1 });
    at += size;
  }
  return prefixes;
}

/** What a prefix covers. */
export function rangeOf(prefix: Prefix, bits = 64): Range {
  return { start: prefix.value, end: prefix.value + (1n << BigInt(bits - prefix.length)) };
}

const bitLength = (n: bigint): number => n.toString(2).length;
