import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { bits, byteLength, canonicalBits, fromNumber, padded, toBigInt, trim } from './bitstring.js';
import { formatIpv4, parseIpv4 } from './ipv4.js';
import { formatIpv6, parseIpv6 } from './ipv6.js';
import { formatMac, parseMac } from './mac.js';

/**
 * A value as people write it: a number, a bigint, big-endian bytes, or text: decimal, `0x`, `0o`, `0b`, a MAC address
 * for 48 bits, an IPv4 address for 32, an IPv6 address for 128. Underscores may part digits.
 */
export type ValueInput = number | bigint | string | Uint8Array;

/**
 * What a value is: so many bits, or a string where the P4 type is translated to `sdn_string`.
 * `format` only decides how it is written for people.
 */
export interface ValueType {
  readonly kind: 'bits' | 'string';
  /** In bits; 0 for a string. */
  readonly width: number;
  readonly format: ValueFormat;
}

export type ValueFormat = 'number' | 'hex' | 'mac' | 'ipv4' | 'ipv6' | 'text';

/** `bit<width>`, written as IPv6 for 128 bits, MAC for 48, hexadecimal above 32, decimal otherwise. */
export function bitType(width: number, format?: ValueFormat): ValueType {
  const usual = width === 128 ? 'ipv6' : width === 48 ? 'mac' : width > 32 ? 'hex' : 'number';
  return { kind: 'bits', width, format: format ?? usual };
}

/** A type that `@p4runtime_translation` gives to the controller as a string. */
export const STRING_TYPE: ValueType = { kind: 'string', width: 0, format: 'text' };

/**
 * Canonical bytes of a value.
 * @throws P4RuntimeError INVALID_ARGUMENT for text that is no such value, OUT_OF_RANGE for a value that does not fit
 */
export function encodeValue(input: ValueInput, type: ValueType): Uint8Array {
  if (type.kind === 'string') return encodeString(input);
  if (typeof input === 'string') return encodeText(input, type.width);
  if (input instanceof Uint8Array) return Uint8Array.from(canonicalBits(input, type.width));
  if (typeof input === 'number' || typeof input === 'bigint') return fromNumber(input, type.width);
  throw invalid(`expected a number, bigint, string or Uint8Array, found ${String(input)}`);
}

function encodeString(input: ValueInput): Uint8Array {
  if (typeof input === 'string') return new TextEncoder().encode(input);
  if (input instanceof Uint8Array) return Uint8Array.from(input);
  throw invalid(`this value is translated to a string, found the ${typeof input} ${input}`);
}

function encodeText(text: string, width: number): Uint8Array {
  const number = digits(text);
  if (number !== undefined) return fromNumber(number, width);
  for (const [name, addressWidth, parse] of ADDRESSES) {
    const bytes = parse(text);
    if (!bytes) continue;
    if (width !== addressWidth)
      throw invalid(`${text} is ${name} of ${addressWidth} bits, but ${bits(width)} are expected`);
    return trim(bytes);
  }
  throw invalid(`${JSON.stringify(text)} is no value of ${bits(width)}: write ${forms(width)}`);
}

const ADDRESSES = [
  ['a MAC address', 48, parseMac],
  ['an IPv4 address', 32, parseIpv4],
  ['an IPv6 address', 128, parseIpv6],
] as const;

function forms(width: number): string {
  const address = ADDRESSES.find(([, addressWidth]) => addressWidth === width)?.[0];
  return `a number (decimal, 0x, 0o or 0b)${address ? ` or ${address}` : ''}`;
}

/** The number that the text is, if it is one. */
function digits(text: string): number | bigint | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!/^(\d[\d_]*|0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)$/.test(text)) return undefined;
  const plain = text.replaceAll('_', '');
  return /^0[xXoObB]$/.test(plain) ? undefined : BigInt(plain);
}

/**
 * A value as text that `encodeValue` reads back. A value that is wider than its type is written in full, in hexadecimal:
 * a dump shows what is there.
 */
export function formatValue(bytes: Uint8Array, type: ValueType): string {
  if (type.kind === 'string') return Buffer.from(bytes).toString();
  const trimmed = trim(bytes);
  if (trimmed.length > byteLength(type.width)) return `0x${toBigInt(trimmed).toString(16)}`;
  switch (type.format) {
    case 'ipv6':
      return type.width === 128 ? formatIpv6(padded(trimmed, 16)) : hexNumber(trimmed);
    case 'mac':
      return type.width === 48 ? formatMac(padded(trimmed, 6)) : hexNumber(trimmed);
    case 'ipv4':
      return type.width === 32 ? formatIpv4(padded(trimmed, 4)) : hexNumber(trimmed);
    case 'number':
      return String(toBigInt(trimmed));
    default:
      return hexNumber(trimmed);
  }
}

const hexNumber = (bytes: Uint8Array): string => `0x${toBigInt(bytes).toString(16)}`;

function invalid(problem: string): P4RuntimeError {
  return new P4RuntimeError(problem, Code.INVALID_ARGUMENT);
}
