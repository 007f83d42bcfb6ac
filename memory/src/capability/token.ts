import { CAPABILITY_BYTES } from '../wire/layout.js';
import { type HalfSipKey, halfSipHash64 } from './halfsiphash.js';

/** A capability: docs/capabilities.md. */
export interface Capability {
  /** Bits of `wire.Right`. */
  readonly rights: number;
  /** log2 of the range's bytes. */
  readonly range: number;
  readonly epoch: number;
  /** u32 each. */
  readonly macLow: number;
  readonly macHigh: number;
}

/** What a capability is about. */
export interface Claim {
  readonly node: number;
  readonly domain: number;
  readonly rights: number;
  /** Start of the range: aligned to its size, exact below 2^53. */
  readonly start: number;
  readonly range: number;
  readonly epoch: number;
}

const TWO_32 = 2 ** 32;

/** Make the token for a claim. */
export function mint(key: HalfSipKey, claim: Claim): Capability {
  const { rights, range, epoch } = claim;
  const { low, high } = macOf(key, claim);
  return { rights, range, epoch, macLow: low, macHigh: high };
}

/** Whether a token was made under this key for this claim's node, domain, rights, range and epoch. */
export function isGenuine(key: HalfSipKey, claim: Claim, { macLow, macHigh }: Capability): boolean {
  const { low, high } = macOf(key, claim);
  return low === macLow && high === macHigh;
}

/** Start of the range of so many bits around an address. */
export function startOf(address: number, range: number): number {
  const size = 2 ** range;
  return address - (address % size);
}

export function encodeCapability(
  capability: Capability,
  into: Uint8Array = new Uint8Array(CAPABILITY_BYTES),
): Uint8Array {
  const view = new DataView(into.buffer, into.byteOffset, CAPABILITY_BYTES);
  view.setUint8(0, capability.rights);
  view.setUint8(1, capability.range);
  view.setUint16(2, capability.epoch);
  view.setUint32(4, 0);
  view.setUint32(8, capability.macLow);
  view.setUint32(12, capability.macHigh);
  return into;
}

/** @returns undefined if the bytes are too few */
export function decodeCapability(bytes: Uint8Array): Capability | undefined {
  if (bytes.length < CAPABILITY_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, CAPABILITY_BYTES);
  return {
    rights: view.getUint8(0),
    range: view.getUint8(1),
    epoch: view.getUint16(2),
    macLow: view.getUint32(8),
    macHigh: view.getUint32(12),
  };
}

function macOf(key: HalfSipKey, { node, domain, rights, start, range, epoch }: Claim) {
  return halfSipHash64(key, [
    ((node << 16) | domain) >>> 0,
    ((rights << 24) | (range << 16) | epoch) >>> 0,
    Math.floor(start / TWO_32),
    start >>> 0,
  ]);
}
