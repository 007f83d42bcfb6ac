import {
  CLIENT_INSTANCE,
  type ClientSpec,
  COHERENCE_ACTIONS,
  COHERENCE_TABLES,
  type Fabric,
  SERVER_INSTANCE,
} from '@bluebridge/templates';
import type { Region } from '../coherence/regions.js';
import type { Session } from '../coherence/sessions.js';
import type { MatchValue, PlannedEntry } from './entry.js';
import { macToBigint } from './mac.js';

/** The key of the directory is node ++ pointer. */
const POINTER_BITS = 64;
const NODE_BITS = 16;

/** What coherence wants of a switch at the moment: the coordinator's state, as far as entries follow from it. */
export interface CoherencePlan {
  /** The client's session; undefined where the directory has no bit for it. */
  sessionOf(node: number): Session | undefined;
  /** Regions that have an entry. */
  plannedRegions(): Iterable<Region>;
  /** Generation by node of what is not cached; empty while nothing may be had. */
  readonly plannedUncached: ReadonlyMap<number, number>;
  /** The hosts of the fabric have changed. */
  follow(fabric: Fabric): void;
}

/** Parameters of a client's source guard entry: who it is in the directory, and which life of it is heard. */
export function clientParams({ domain }: ClientSpec, session: Session | undefined): Record<string, bigint> {
  // A client that has no bit has no epoch either: whatever it says of copies is refused.
  const { index = 0, epoch = 0, writebackEpoch = 0 } = session ?? {};
  return {
    domain: BigInt(domain),
    index: BigInt(index),
    bit_of: session ? 1n << BigInt(index) : 0n,
    epoch: BigInt(epoch),
    writeback_epoch: BigInt(writebackEpoch),
  };
}

/** The directory of a switch. */
export function planDirectory(coherence: CoherencePlan): PlannedEntry[] {
  return [
    ...[...coherence.plannedRegions()].map(planRegion),
    ...[...coherence.plannedUncached].map(([node, generation]) => planUncached(node, generation)),
  ];
}

export function planRegion({ node, start, bits, slot, generation, state }: Region): PlannedEntry {
  const action = state === 'closing' ? COHERENCE_ACTIONS.closing : COHERENCE_ACTIONS.cached;
  return {
    table: COHERENCE_TABLES.directory.name,
    match: page({
      value: (BigInt(node) << BigInt(POINTER_BITS)) | start,
      prefix: NODE_BITS + POINTER_BITS - bits,
    }),
    action: action.name,
    params: { at: BigInt(slot), of_generation: BigInt(generation), of_region: BigInt(bits) },
  };
}

export function planUncached(node: number, generation: number): PlannedEntry {
  return {
    table: COHERENCE_TABLES.directory.name,
    match: page({ value: BigInt(node) << BigInt(POINTER_BITS), prefix: NODE_BITS }),
    action: COHERENCE_ACTIONS.uncached.name,
    params: { of_generation: BigInt(generation) },
  };
}

const page = (value: MatchValue) => ({ [COHERENCE_TABLES.directory.keys.page]: value });

/** What the egress does with each replica of the directory's multicast group: a client's is a probe, a server's the request itself. */
export function planReplicas({ clients, servers }: Fabric, coherence: CoherencePlan): PlannedEntry[] {
  const { name, keys } = COHERENCE_TABLES.replicas;
  const { clientReplica, serverReplica } = COHERENCE_ACTIONS;
  const entries: PlannedEntry[] = clients.flatMap(({ node, mac }) => {
    const session = coherence.sessionOf(node);
    if (!session) return [];
    return {
      table: name,
      match: { [keys.instance]: BigInt(CLIENT_INSTANCE + session.index) },
      action: clientReplica.name,
      params: { bit_of: 1n << BigInt(session.index), node: BigInt(node), mac: macToBigint(mac) },
    };
  });
  servers.forEach((_server, i) => {
    const match = { [keys.instance]: BigInt(SERVER_INSTANCE + i) };
    entries.push({ table: name, match, action: serverReplica.name, params: {} });
  });
  return entries;
}

/** The multicast group itself: a replica for each client and each server. */
export function planCoherenceGroup(
  { clients, servers }: Fabric,
  coherence: CoherencePlan,
): { readonly port: number; readonly instance: number }[] {
  return [
    ...clients.flatMap(({ node, port }) => {
      const session = coherence.sessionOf(node);
      return session ? [{ port, instance: CLIENT_INSTANCE + session.index }] : [];
    }),
    ...servers.map(({ port }, i) => ({ port, instance: SERVER_INSTANCE + i })),
  ];
}
