/** `width` one bits. */
export function maskOf(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}

/** Big-endian bytes as an unsigned integer. */
export function bytesToBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The low `length` bytes of a non-negative integer, big-endian. */
export function bigIntToBytes(value: bigint, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    out[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return out;
}

/** `width` bits of `bytes` from bit `offset` on, most significant first, as an unsigned integer. */
export function readBits(bytes: Uint8Array, offset: number, width: number): bigint {
  if (width === 0) return 0n;
  const first = offset >>> 3;
  const last = (offset + width - 1) >>> 3;
  let value = 0n;
  for (let i = first; i <= last; i++) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return (value >> BigInt((last + 1) * 8 - (offset + width))) & maskOf(width);
}

/** Write the low `width` bits of `value` into `bytes` from bit `offset` on, leaving the neighbours alone. */
export function writeBits(bytes: Uint8Array, offset: number, width: number, value: bigint): void {
  for (let i = width - 1, rest = value; i >= 0; i--, rest >>= 1n) {
    const at = offset + i;
    const bit = 0x80 >>> (at & 7);
    const byte = bytes[at >>> 3] ?? 0;
    bytes[at >>> 3] = (rest & 1n) === 1n ? byte | bit : byte & ~bit;
  }
}

/**
 * What a field of `width` bits holds after `value` was assigned to it: truncated, two's complement if signed, or
 * clamped if the field saturates (BMv2's Field::export_bytes).
 */
export function truncateTo(value: bigint, width: number, signed: boolean, saturating: boolean): bigint {
  if (saturating) {
    const max = signed ? maskOf(width - 1) : maskOf(width);
    const min = signed ? -(1n << BigInt(width - 1)) : 0n;
    return value < min ? min : value > max ? max : value;
  }
  return signed ? BigInt.asIntN(width, value) : BigInt.asUintN(width, value);
}

export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
