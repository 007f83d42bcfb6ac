import { formatIpv6, parseIpv6 } from 'ethernet-wire';
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

/** IPv6 text in the canonical form of RFC 5952, e.g. `fdbb:102:300::2000`. */
export function formatAddress(address: Partial<Address>): string {
  return formatIpv6(encodeAddress(address));
}

/** Read IPv6 text. @throws AddressError (of ethernet-wire) saying what is wrong with it */
export function parseAddress(text: string): Address {
  return decodeAddress(parseIpv6(text));
}

function checked(field: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${field} ${value} is not a whole number from 0 to ${max}`);
  }
  return value;
}
