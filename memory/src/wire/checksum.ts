/**
 * The Internet checksum's sum (RFC 1071) over bytes[start, end): big-endian 16-bit words, folded to 16 bits, not
 * complemented; an odd last byte counts as the high half of a word. `initial` is added.
 */
export function sum16(bytes: Uint8Array, start: number, end: number, initial: number): number {
  let sum = initial;
  let i = start;
  const even = end - ((end - start) & 1);
  for (; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (even !== end) sum += bytes[even]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
