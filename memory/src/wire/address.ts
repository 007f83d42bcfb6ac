import { DEFAULT_PREFIX } from './constants.js';

/** What the 128 bits of a BlueBridge address say (docs/protocol.md, profile `bb`). */
export interface Address {
  /** 16 bits; `fdbb` unless the fabric's spec says otherwise. */
  prefix: number;
  /** 16 bits: who owns the memory. */
  node: number;
  /** 8 bits: what to do; 0 in an address that only names memory. */
  op: number;
  /** 8 bits: for GRANT the rights. */
  flags: number;
  /** 16 bits: for GRANT and REVOKE the grantee's node. */
  arg: number;
  /** 64 bits: byte offset in the node's memory. */
  pointer: bigint;
}

/** Where memory is: all that a person has to write down to find it again. */
export interface MemoryAddress {
  readonly node: number;
  readonly pointer: bigint;
}

const U64 = 2n ** 64n;

/** @throws RangeError if a field does not fit its bits. */
export function encodeAddress(address: Partial<Address>): Uint8Array {
  const { prefix = DEFAULT_PREFIX, node = 0, op = 0, flags = 0, arg = 0, pointer = 0n } = address;
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, checked('prefix', prefix, 0xffff));
  view.setUint16(2, checked('node', node, 0xffff));
  view.setUint8(4, checked('op', op, 0xff));
  view.setUint8(5, checked('flags', flags, 0xff));
  view.setUint16(6, checked('arg', arg, 0xffff));
  if (pointer < 0n || pointer >= U64) throw new RangeError(`pointer ${pointer} does not fit 64 bits`);
  view.setBigUint64(8, pointer);
  return bytes;
}

/** @throws RangeError unless 16 bytes stand at `at`. */
export function decodeAddress(bytes: Uint8Array, at = 0): Address {
  if (bytes.length - at < 16) throw new RangeError(`an address has 16 bytes, not ${bytes.length - at}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 16);
  return {
    prefix: view.getUint16(0),
    node: view.getUint16(2),
    op: view.getUint8(4),
    flags: view.getUint8(5),
    arg: view.getUint16(6),
    pointer: view.getBigUint64(8),
  };
}

/** IPv6 text as RFC 5952 wants it: lower case, no leading zeros, the longest run of zeros (leftmost) as `::`. */
export function formatAddress(address: Partial<Address>): string {
  const bytes = encodeAddress(address);
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!);
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}

/**
 * Read IPv6 text (RFC 4291 §2.2, without an embedded IPv4 address).
 * @throws RangeError saying what is wrong with the text.
 */
export function parseAddress(text: string): Address {
  const fail = (why: string): never => {
    throw new RangeError(
      `${JSON.stringify(text)} is not a BlueBridge address such as fdbb:102::2000: ${why}`,
    );
  };
  const halves = text.trim().split('::');
  if (halves.length > 2) fail('"::" stands twice');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  for (const group of [...head, ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) fail(`${JSON.stringify(group)} is not one to four hex digits`);
  }
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 && missing !== 0) fail(`it has ${head.length} groups instead of 8`);
  if (halves.length === 2 && missing < 1) fail('it has too many groups');
  const groups = [...head, ...new Array<string>(Math.max(missing, 0)).fill('0'), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >> 8;
    bytes[2 * i + 1] = value & 0xff;
  }
  return decodeAddress(bytes);
}

function checked(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} ${value} is not a whole number from 0 to ${max}`);
  }
  return value;
}
