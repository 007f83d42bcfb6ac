import { MAX_SHIFT } from '../engine/packet.js';
import type { CompareOp } from '../ir/expressions.js';

// Words of an integer as JavaScript expressions, least significant first: see ExpressionCompiler.

export function clampShift(amount: bigint): bigint {
  return amount < 0n ? 0n : amount > BigInt(MAX_SHIFT) ? BigInt(MAX_SHIFT) : amount;
}

export function bitwise(op: '&' | '|' | '^', a: string, b: string): string {
  if (op === '&') {
    if (a === '0' || b === '0') return '0';
    if (a === '-1') return b;
    if (b === '-1') return a;
  } else {
    if (a === '0') return b;
    if (b === '0') return a;
  }
  return `(${a} ${op} ${b})`;
}

export function signExtend(word: string, width: number): string {
  const bits = width % 32;
  return bits === 0 ? `(${word} | 0)` : `((${word} << ${32 - bits}) >> ${32 - bits})`;
}

export function constantWords(value: bigint, count: number): string[] {
  return range32(count).map((i) => `${BigInt.asIntN(32, value >> BigInt(i * 32))}`);
}

export function padded(words: readonly string[], count: number): string[] {
  const out = words.slice(0, count);
  while (out.length < count) out.push('0');
  return out;
}

export function range32(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function literal(value: bigint): string {
  return value < 0n ? `(${value})` : `${value}`;
}

/** `low` holds the words of the value as far as the result needs them. */
export function shiftedLeft(low: readonly string[], amount: number, count: number): string[] {
  const words = Math.floor(amount / 32);
  const bits = amount % 32;
  return range32(count).map((i) => {
    const at = i - words;
    if (at < 0) return '0';
    if (bits === 0) return low[at]!;
    return at === 0
      ? `(${low[0]} << ${bits})`
      : `((${low[at]} << ${bits}) | (${low[at - 1]} >>> ${32 - bits}))`;
  });
}

/** `fill` stands for the words above `low`: the sign. */
export function shiftedRight(low: readonly string[], fill: string, amount: number, count: number): string[] {
  const words = Math.floor(amount / 32);
  const bits = amount % 32;
  const word = (i: number): string => (i < low.length ? low[i]! : fill);
  return range32(count).map((i) => {
    if (bits === 0) return word(i + words);
    const upper = word(i + words + 1);
    const lower = `${word(i + words)} >>> ${bits}`;
    return upper === '0' ? `(${lower})` : `((${lower}) | (${upper} << ${32 - bits}))`;
  });
}

/** Lexicographic from the top word, which alone carries the sign. @param op one of < <= > >=. */
export function orderedWords(
  op: CompareOp,
  x: readonly string[],
  y: readonly string[],
  signed: boolean,
): string {
  const top = x.length - 1;
  const canonical = (word: string, i: number): string => `(${word} ${i === top && signed ? '|' : '>>>'} 0)`;
  let result = op.includes('=') ? 'true' : 'false';
  for (let i = 0; i <= top; i++) {
    const [l, r] = [canonical(x[i]!, i), canonical(y[i]!, i)];
    result = `(${l} === ${r} ? ${result} : ${l} ${op[0]} ${r})`;
  }
  return result;
}
