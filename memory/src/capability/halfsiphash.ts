/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF", and its 32-bit variant), over
 * whole 32-bit words: additions, rotations and exclusive ors alone, which a P4 program can do too.
 */

const COMPRESSION_ROUNDS = 2;
const FINAL_ROUNDS = 4;

export interface HalfSipKey {
  /** u32: the first and the last four bytes of the key, each little-endian. */
  readonly k0: number;
  readonly k1: number;
}

/** The halves of a 64-bit result, u32: the first four bytes of the output, little-endian, are `low`. */
export interface HalfSipHash {
  readonly low: number;
  readonly high: number;
}

/** @param words u32 each: the message's bytes, little-endian; a message that is no multiple of four bytes cannot be hashed here */
export function halfSipHash64({ k0, k1 }: HalfSipKey, words: readonly number[]): HalfSipHash {
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = 0x6c796765 ^ k0;
  let v3 = 0x74656462 ^ k1;
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) | 0;
      v1 = rotateLeft(v1, 5) ^ v0;
      v0 = rotateLeft(v0, 16);
      v2 = (v2 + v3) | 0;
      v3 = rotateLeft(v3, 8) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = rotateLeft(v3, 7) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = rotateLeft(v1, 13) ^ v2;
      v2 = rotateLeft(v2, 16);
    }
  };
  const compress = (word: number): void => {
    v3 ^= word;
    rounds(COMPRESSION_ROUNDS);
    v0 ^= word;
  };
  for (const word of words) compress(word);
  compress((words.length * 4) << 24); // the last word holds the message's length
  v2 ^= 0xee;
  rounds(FINAL_ROUNDS);
  const low = (v1 ^ v3) >>> 0;
  v1 ^= 0xdd;
  rounds(FINAL_ROUNDS);
  return { low, high: (v1 ^ v3) >>> 0 };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
