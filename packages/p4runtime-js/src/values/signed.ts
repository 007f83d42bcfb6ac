// `int<W>` values, which occur in P4Data only: two's complement, canonical when as short as can be.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { bits, hex, toBigInt } from './bitstring.js';

/** @throws P4RuntimeError OUT_OF_RANGE when the value does not fit in `width` bits */
export function fromSigned(value: number | bigint, width: number): Uint8Array {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw misfit(String(value), width);
  const whole = BigInt(value);
  if (BigInt.asIntN(width, whole) !== whole) throw misfit(String(value), width);
  let length = 1;
  while (BigInt.asIntN(length * 8, whole) !== whole) length++;
  const digits = BigInt.asUintN(length * 8, whole)
    .toString(16)
    .padStart(length * 2, '0');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** @throws P4RuntimeError OUT_OF_RANGE when the string is empty or the value does not fit in `width` bits */
export function toSigned(bytes: Uint8Array, width: number): bigint {
  if (bytes.length === 0) {
    throw new P4RuntimeError('the byte string is empty; zero is one zero byte', Code.OUT_OF_RANGE);
  }
  const value = BigInt.asIntN(bytes.length * 8, toBigInt(bytes));
  if (BigInt.asIntN(width, value) !== value) throw misfit(hex(bytes), width);
  return value;
}

function misfit(value: string, width: number): P4RuntimeError {
  return new P4RuntimeError(`${value} does not fit in a signed number of ${bits(width)}`, Code.OUT_OF_RANGE);
}
