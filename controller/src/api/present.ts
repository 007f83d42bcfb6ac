import { wire } from '@bluebridge/memory';
import { type Fabric, RIGHTS } from '@bluebridge/templates';
import type { Move } from '../intent/fact.js';
import type { Range } from '../intent/ranges.js';
import {
  type AllocationStatus,
  type Done,
  OperationError,
  type ServerStatus,
  type Status,
} from '../operations/index.js';
import type { MatchValue, PlannedEntry } from '../plan/entry.js';

/** Rights as the API says them. */
export const RIGHTS_IN_WORDS = {
  read: RIGHTS.READ,
  write: RIGHTS.WRITE,
  'read-write': RIGHTS.READ | RIGHTS.WRITE,
} as const;
export type RightsInWords = keyof typeof RIGHTS_IN_WORDS;

const rightsInWords = (rights: number): string =>
  Object.entries(RIGHTS_IN_WORDS).find(([, number]) => number === rights)?.[0] ?? `rights ${rights}`;

const addressOf = ({ prefix }: Fabric, node: number, pointer: bigint): string =>
  wire.formatAddress({ prefix, node, pointer });

const lengthOf = ({ start, end }: Range): number => Number(end - start);

const named = (hosts: readonly { readonly node: number; readonly name: string }[], node: number): string =>
  hosts.find((h) => h.node === node)?.name ?? `0x${node.toString(16)}`;

/** A range as people write it: `fdbb:101::2000` and so many bytes. @throws OperationError INVALID */
export function parseRange(
  { prefix }: Fabric,
  { address, length }: { readonly address: string; readonly length: number },
): { node: number; range: Range } {
  let parsed: wire.Address;
  try {
    parsed = wire.parseAddress(address);
  } catch (error) {
    throw new OperationError('INVALID', (error as Error).message, { cause: error });
  }
  const { node, pointer } = parsed;
  if (parsed.prefix !== prefix || parsed.op !== 0 || parsed.flags !== 0 || parsed.arg !== 0) {
    const example = wire.formatAddress({ prefix, node: 0x101, pointer: 0n });
    throw new OperationError('INVALID', `${address} is no address of memory here, such as ${example}`);
  }
  return { node, range: { start: pointer, end: pointer + BigInt(length) } };
}

export const presentDone = ({ updates, pending }: Done) => ({ updates, pending });

export function presentStatus(status: Status) {
  return {
    ...status,
    electionId: status.electionId === undefined ? null : `0x${status.electionId.toString(16)}`,
    allocated: Number(status.allocated),
    capacity: Number(status.capacity),
  };
}

export const presentServer = (server: ServerStatus) => ({ ...server, used: Number(server.used) });

export function presentAllocation(fabric: Fabric, { node, owner, shares, ...range }: AllocationStatus) {
  return {
    address: addressOf(fabric, node, range.start),
    length: lengthOf(range),
    server: named(fabric.servers, node),
    owner,
    shares: shares.map(({ domain, rights, ...part }) => ({
      domain,
      address: addressOf(fabric, node, part.start),
      length: lengthOf(part),
      rights: rightsInWords(rights),
    })),
  };
}

export const presentMove = (fabric: Fabric, move: Move) => ({
  address: addressOf(fabric, move.node, move.start),
  length: lengthOf(move),
  server: named(fabric.servers, move.node),
  home: named(fabric.servers, move.to),
});

const hex = (value: bigint): string => `0x${value.toString(16)}`;

const presentMatch = (value: MatchValue): string =>
  typeof value === 'bigint' ? hex(value) : `${hex(value.value)}/${value.prefix}`;

/** Numbers of any width as hexadecimal text: JSON's are exact up to 2^53 only. */
export function presentEntry({ table, match, action, params }: PlannedEntry) {
  const shown = <V>(values: Readonly<Record<string, V>>, show: (value: V) => string) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, show(value)]));
  return { table, match: shown(match, presentMatch), action, params: shown(params, hex) };
}
