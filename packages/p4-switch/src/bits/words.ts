/** 32-bit words that hold `width` bits. */
export function wordCount(width: number): number {
  return Math.max(1, Math.ceil(width / 32));
}

/** Store the low bits of `value` as `words` 32-bit words, most significant first. Two's complement if negative. */
export function storeWords(into: Uint32Array | Int32Array, at: number, words: number, value: bigint): void {
  let rest = value;
  for (let i = words - 1; i >= 0; i--) {
    into[at + i] = Number(BigInt.asUintN(32, rest));
    rest >>= 32n;
  }
}

/** The inverse of `storeWords` for non-negative values. */
export function loadWords(from: Uint32Array | Int32Array, at: number, words: number): bigint {
  let value = 0n;
  for (let i = 0; i < words; i++) value = (value << 32n) | BigInt(from[at + i]! >>> 0);
  return value;
}
