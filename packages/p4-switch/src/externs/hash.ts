import { P4SwitchError } from '../errors.js';

/** Hash of the first `length` bytes; a number up to 32 bits, a bigint beyond. */
export type HashFunction = (bytes: Uint8Array, length: number) => number | bigint;

/** Internet checksum (RFC 1071): one's complement of the one's complement sum of 16-bit words, odd tail padded. */
export function csum16(bytes: Uint8Array, length: number): number {
  let sum = 0;
  const even = length & ~1;
  for (let i = 0; i < even; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  if (length & 1) sum += bytes[even]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

/** A CRC that takes bytes least significant bit first (reflected in and out). */
function reflectedCrc(polynomial: number, initial: number, final: number): HashFunction {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    }
    table[byte] = remainder;
  }
  return (bytes, length) => {
    let crc = initial;
    for (let i = 0; i < length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
    return (crc ^ final) >>> 0;
  };
}

/** A CRC of `width` <= 16 bits that takes bytes most significant bit first. */
function plainCrc(width: number, polynomial: number, initial: number): HashFunction {
  const top = 1 << (width - 1);
  const mask = (1 << width) - 1;
  return (bytes, length) => {
    let crc = initial;
    for (let i = 0; i < length; i++) {
      crc ^= bytes[i]! << (width - 8);
      for (let bit = 0; bit < 8; bit++) crc = (crc & top ? (crc << 1) ^ polynomial : crc << 1) & mask;
    }
    return crc;
  };
}

function reflectedCrc64(polynomial: bigint): HashFunction {
  return (bytes, length) => {
    let crc = 0n;
    for (let i = 0; i < length; i++) {
      crc ^= BigInt(bytes[i]!);
      for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    }
    return crc;
  };
}

function xorFold(width: number): HashFunction {
  return (bytes, length) => {
    let value = 0;
    for (let i = 0; i < length; i++) value ^= bytes[i]! << (width - 8 - 8 * (i % (width / 8)));
    return value >>> 0;
  };
}

function identity(bytes: Uint8Array, length: number): bigint {
  let value = 0n;
  for (let i = 0; i < Math.min(8, length); i++) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

/** The algorithms of BMv2's calculations.cpp that p4c can name, with BMv2's start values for the custom ones. */
const ALGORITHMS: Readonly<Record<string, HashFunction>> = {
  crc16: reflectedCrc(0xa001, 0, 0),
  crc16_custom: reflectedCrc(0xa001, 0, 0),
  crc32: reflectedCrc(0xedb88320, 0xffffffff, 0xffffffff),
  crc32_custom: reflectedCrc(0xedb88320, 0xffffffff, 0xffffffff),
  crc8_custom: plainCrc(8, 0x07, 0),
  // Polynomial 0x1b, bits reversed.
  crc64_custom: reflectedCrc64(0xd800000000000000n),
  crcCCITT: plainCrc(16, 0x1021, 0xffff),
  csum16,
  cksum16: csum16,
  identity,
  xor16: xorFold(16),
  xor32: xorFold(32),
};

export const HASH_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS);

export function hashFunction(algorithm: string): HashFunction {
  const found = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined;
  if (!found) throw new P4SwitchError('UNSUPPORTED_PIPELINE', `no hash algorithm "${algorithm}"`);
  return found;
}
