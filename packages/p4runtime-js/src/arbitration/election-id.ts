import type { Init } from '../messages.js';
import { Uint128 } from '../messages.js';

/** 128-bit unsigned; `undefined` is "unset", which is lower than every id and never primary (it is not zero). */
export type ElectionId = bigint | undefined;

export const MAX_ELECTION_ID = 2n ** 128n - 1n;

const LOW = 0xffff_ffff_ffff_ffffn;

/** @throws RangeError when the id is not a 128-bit unsigned integer */
export function encodeElectionId(id: ElectionId): Uint128 | null {
  if (id === undefined) return null;
  if (id < 0n || id > MAX_ELECTION_ID) {
    throw new RangeError(`an election id is from 0 to 2^128 - 1, found ${id}`);
  }
  return Uint128.from({ high: id >> 64n, low: id & LOW });
}

export function decodeElectionId(id: Init<Uint128> | null | undefined): ElectionId {
  if (id === null || id === undefined) return undefined;
  return (BigInt(id.high ?? 0n) << 64n) | BigInt(id.low ?? 0n);
}

/** For messages: `unset`, or the number. */
export function showElectionId(id: ElectionId): string {
  return id === undefined ? 'unset' : String(id);
}
