import { invalid, outOfRange } from './errors.js';

/**
 * A byte string as a number of `width` bits (specification, "Bytestrings"): any length is taken as long as the value fits;
 * an empty string is not a value.
 * @throws P4RuntimeError INVALID_ARGUMENT, OUT_OF_RANGE; `what` begins the message
 */
export function fromBytes(bytes: Uint8Array, width: number, what: string): bigint {
  if (bytes.length === 0) throw invalid(`${what}: an empty byte string is not a value`);
  let value: bigint;
  if (bytes.length <= 6) {
    let small = 0;
    for (const byte of bytes) small = small * 256 + byte;
    value = BigInt(small);
  } else {
    value = BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
  }
  if (value >> BigInt(width) !== 0n) {
    throw outOfRange(`${what}: 0x${value.toString(16)} does not fit ${width} bits`);
  }
  return value;
}

/** The shortest byte string of a number; zero is one zero byte. */
export function toBytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** A signed or unsigned number as `width` bits, two's complement. */
export const toWidth = (value: bigint, width: number): Uint8Array => toBytes(BigInt.asUintN(width, value));
