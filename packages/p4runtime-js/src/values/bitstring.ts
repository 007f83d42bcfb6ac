// Byte strings of P4Runtime (specification, "Bytestrings"): big-endian, and canonical when as short as can be. Zero is
// one zero byte; the empty string is illegal. A receiver takes any length as long as the value fits the width.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';

const ZERO = Uint8Array.of(0);

/** How many bytes hold `width` bits. */
export const byteLength = (width: number): number => (width + 7) >>> 3;

/** Without its leading zero bytes; the empty string becomes zero. A view of the input where nothing else is needed. */
export function trim(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  if (bytes.length === 0) return ZERO.slice();
  return start === 0 ? bytes : bytes.subarray(start);
}

/** How many bits the value needs; zero needs one. */
export function bitLength(bytes: Uint8Array): number {
  const trimmed = trim(bytes);
  const top = trimmed[0]!;
  return Math.max(1, (trimmed.length - 1) * 8 + (32 - Math.clz32(top)));
}

/**
 * Checks a received `bit<width>` and gives its canonical form.
 * @throws P4RuntimeError OUT_OF_RANGE for an empty string or a value that does not fit
 */
export function canonicalBits(bytes: Uint8Array, width: number): Uint8Array {
  if (bytes.length === 0) throw outOfRange('the byte string is empty; zero is one zero byte');
  const trimmed = trim(bytes);
  if (bitLength(trimmed) > width) throw outOfRange(`${hex(trimmed)} does not fit in ${bits(width)}`);
  return trimmed;
}

/**
 * The same value in exactly `length` bytes, e.g. to compare or to look at single bits.
 * @throws P4RuntimeError OUT_OF_RANGE when it does not fit
 */
export function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const trimmed = trim(bytes);
  if (trimmed.length > length) throw outOfRange(`${hex(trimmed)} does not fit in ${length} bytes`);
  const result = new Uint8Array(length);
  result.set(trimmed, length - trimmed.length);
  return result;
}

/**
 * Canonical bytes of a number that is not negative.
 * @throws P4RuntimeError OUT_OF_RANGE when it is negative, a fraction, not safe, or needs more bits than `width`
 */
export function fromNumber(value: number | bigint, width = Number.POSITIVE_INFINITY): Uint8Array {
  if (typeof value === 'bigint' ? value < 0n : !(Number.isSafeInteger(value) && value >= 0)) {
    throw outOfRange(
      `${value} is not a whole number from 0${Number.isFinite(width) ? ` that fits in ${bits(width)}` : ''}`,
    );
  }
  const bytes =
    typeof value === 'number' && value <= 0xffff_ffff ? fromUint32(value) : fromBigInt(BigInt(value));
  if (bitLength(bytes) > width) throw outOfRange(`${value} does not fit in ${bits(width)}`);
  return bytes;
}

function fromUint32(value: number): Uint8Array {
  if (value <= 0xff) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(value >>> 8, value & 0xff);
  if (value <= 0xff_ffff) return Uint8Array.of(value >>> 16, (value >>> 8) & 0xff, value & 0xff);
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function fromBigInt(value: bigint): Uint8Array {
  const digits = value.toString(16);
  return Uint8Array.from(Buffer.from(digits.length % 2 ? `0${digits}` : digits, 'hex'));
}

/** Any width. */
export function toBigInt(bytes: Uint8Array): bigint {
  if (bytes.length <= 6) return BigInt(toSmallNumber(bytes));
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
}

/**
 * A value of up to 53 bits.
 * @throws P4RuntimeError OUT_OF_RANGE when a number cannot hold it
 */
export function toNumber(bytes: Uint8Array): number {
  const trimmed = trim(bytes);
  const value = trimmed.length <= 6 ? toSmallNumber(trimmed) : Number(toBigInt(trimmed));
  if (!Number.isSafeInteger(value)) throw outOfRange(`${hex(trimmed)} has more than 53 bits`);
  return value;
}

function toSmallNumber(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

/** A value and `width` one bits: `onesTo(9)` is 0x1ff. */
export function ones(width: number): Uint8Array {
  const result = new Uint8Array(byteLength(width)).fill(0xff);
  if (width % 8) result[0] = 0xff >>> (8 - (width % 8));
  return result;
}

/** A copy with the `count` lowest bits zero. */
export function clearLowBits(bytes: Uint8Array, count: number): Uint8Array {
  const result = bytes.slice();
  const whole = Math.min(count >>> 3, result.length);
  result.fill(0, result.length - whole);
  const at = result.length - whole - 1;
  if (at >= 0) result[at]! &= 0xff << (count & 7);
  return result;
}

/** Orders two values whatever their lengths: negative, zero or positive. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const x = trim(a);
  const y = trim(b);
  return x.length - y.length || Buffer.compare(x, y);
}

/** `0x0a1f` style, for messages. */
export function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`;
}

export const bits = (width: number): string => `${width} bit${width === 1 ? '' : 's'}`;

function outOfRange(problem: string): P4RuntimeError {
  return new P4RuntimeError(problem, Code.OUT_OF_RANGE);
}
