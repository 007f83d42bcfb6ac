// IPv6 addresses as text: RFC 4291 section 2.2 in, RFC 5952 out.
import { parseIpv4 } from './ipv4.js';

const COLON = 58;

/** Sixteen bytes, or undefined where the text is no IPv6 address. No zone, no prefix length. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  let at = 0; // next byte to fill
  let gap = -1; // where `::` stands
  let pos = 0;
  if (text.startsWith('::')) {
    gap = 0;
    pos = 2;
  }
  while (pos < text.length) {
    if (at > 14) return undefined;
    let end = pos;
    let group = 0;
    for (; end < text.length && text.charCodeAt(end) !== COLON; end++) {
      const digit = hexDigit(text.charCodeAt(end));
      if (digit < 0) return text[end] === '.' ? withIpv4Tail(text.slice(pos), bytes, at, gap) : undefined;
      group = group * 16 + digit;
    }
    if (end === pos || end - pos > 4) return undefined;
    bytes[at++] = group >>> 8;
    bytes[at++] = group & 0xff;
    if (end === text.length) break;
    pos = end + 1;
    if (pos === text.length) return undefined; // a single colon at the end
    if (text.charCodeAt(pos) === COLON) {
      if (gap >= 0) return undefined;
      gap = at;
      pos++;
    }
  }
  return spread(bytes, at, gap);
}

/** The last four bytes written as an IPv4 address: `::ffff:192.0.2.1`. */
function withIpv4Tail(text: string, bytes: Uint8Array, at: number, gap: number): Uint8Array | undefined {
  const tail = parseIpv4(text);
  if (!tail || at > 12) return undefined;
  bytes.set(tail, at);
  return spread(bytes, at + 4, gap);
}

/** Moves what stands behind `::` to the end. */
function spread(bytes: Uint8Array, filled: number, gap: number): Uint8Array | undefined {
  if (gap < 0) return filled === 16 ? bytes : undefined;
  if (filled === 16) return undefined; // `::` stands for at least one group
  bytes.copyWithin(16 - (filled - gap), gap, filled);
  bytes.fill(0, gap, 16 - (filled - gap));
  return bytes;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/**
 * RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`.
 * IPv4-mapped addresses are written as any other.
 * @param bytes sixteen of them
 */
export function formatIpv6(bytes: Uint8Array): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && bytes[2 * (i + length)] === 0 && bytes[2 * (i + length) + 1] === 0) length++;
    if (length > bestLength) {
      bestStart = i;
      bestLength = length;
    }
    i += length;
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += '::';
      i += bestLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16);
  }
  return text;
}
