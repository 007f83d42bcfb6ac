import { outOfRange } from './errors.js';

/**
 * A byte string as a number of `width` bits (specification, "Bytestrings"): any length is taken as long as the value fits;
 * an empty string is not a value.
 * @throws P4RuntimeError OUT_OF_RANGE; `what` begins the message
 */
export function fromBytes(bytes: Uint8Array, width: number, what: string): bigint {
  const value = unsigned(bytes, what);
  if (value >> BigInt(width) !== 0n) {
    throw outOfRange(`${what}: 0x${value.toString(16)} does not fit ${width} bits`);
  }
  return value;
}

/**
 * The same for `int<width>`: two's complement, extended by copies of the sign bit.
 * @returns the bits of the value, as the data plane keeps them
 */
export function fromSignedBytes(bytes: Uint8Array, width: number, what: string): bigint {
  const value = BigInt.asIntN(bytes.length * 8, unsigned(bytes, what));
  if (BigInt.asIntN(width, value) !== value) {
    throw outOfRange(`${what}: ${value} does not fit ${width} bits with a sign`);
  }
  return BigInt.asUintN(width, value);
}

function unsigned(bytes: Uint8Array, what: string): bigint {
  if (bytes.length === 0) throw outOfRange(`${what}: an empty byte string is not a value`);
  if (bytes.length <= 6) {
    let small = 0;
    for (const byte of bytes) small = small * 256 + byte;
    return BigInt(small);
  }
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
}

/** The shortest byte string of a number; zero is one zero byte. */
export function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** The shortest two's complement of the value that `width` bits stand for as an `int<width>`. */
export function toSignedBytes(bits: bigint, width: number): Uint8Array {
  const value = BigInt.asIntN(width, bits);
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes++;
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}
