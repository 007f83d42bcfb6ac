// What Stratum answers to a Read, entity by entity (the sources are those of writes.ts).

import type { Replica } from '../../generated/p4-v1.js';
import type { Entity, PacketReplicationEngineEntry, TableEntry } from '../../messages.js';
import type { Init } from '../../wire/message-type.js';
import { invalid, notFound, unimplemented } from './errors.js';

/** Reads of the device behind. */
export type Read = (pattern: Init<Entity>) => AsyncIterable<Init<Entity>> | Iterable<Init<Entity>>;

/**
 * The entities that match, as Stratum tells them.
 * @throws P4RuntimeError INVALID_ARGUMENT, UNIMPLEMENTED, or NOT_FOUND for a single entity that is not there
 */
export async function* readLikeStratum(pattern: Entity, read: Read): AsyncGenerator<Init<Entity>> {
  switch (pattern.entity) {
    case 'tableEntry':
      yield* tableEntries(pattern.tableEntry!, read);
      return;
    case 'directCounterEntry': {
      const entry = pattern.directCounterEntry!.tableEntry;
      if (!entry || entry.tableId === 0 || entry.match.length === 0)
        throw notFound(
          'direct counters are read one by one; read table entries with counter_data set for all of a table',
        );
      yield* one(read(pattern), 'the table entry is not there');
      return;
    }
    case 'counterEntry':
      if (pattern.counterEntry!.counterId === 0)
        throw invalid('querying an indirect counter without counter id is not supported');
      yield* read(pattern);
      return;
    case 'meterEntry':
      if (pattern.meterEntry!.meterId === 0)
        throw invalid('querying a meter without meter id is not supported');
      yield* read(pattern);
      return;
    case 'registerEntry':
      if (pattern.registerEntry!.registerId === 0)
        throw invalid('querying a register without register id is not supported');
      yield* read(pattern);
      return;
    case 'digestEntry':
      if (pattern.digestEntry!.digestId === 0) throw invalid('missing digest id in DigestEntry');
      for await (const { digestEntry } of read(pattern)) {
        const maxTimeoutNs = digestEntry?.config?.maxTimeoutNs;
        yield { digestEntry: { digestId: digestEntry?.digestId, config: { maxTimeoutNs } } };
      }
      return;
    case 'packetReplicationEngineEntry':
      yield* replication(pattern.packetReplicationEngineEntry!, read);
      return;
    case 'directMeterEntry':
    case 'valueSetEntry':
      throw unimplemented(`unsupported entity type: ${pattern.entity}`);
    default:
      yield* read(pattern);
  }
}

async function* tableEntries(entry: TableEntry, read: Read): AsyncGenerator<Init<Entity>> {
  const { tableId, match, isDefaultAction, counterData } = entry;
  if (match.length > 0) {
    yield* one(
      plainEntries(read({ tableEntry: { tableId, match, priority: entry.priority, counterData } })),
      'the table entry is not there',
    );
    return;
  }
  if (isDefaultAction) {
    if (tableId === 0) throw invalid('missing table id on default action read');
    yield* plainEntries(read({ tableEntry: { tableId, isDefaultAction, counterData } }));
    return;
  }
  // Of all tables, nothing but counter_data is looked at.
  if (tableId !== 0) {
    const filter =
      entry.priority !== 0
        ? 'priority'
        : entry.action
          ? 'action'
          : entry.metadata.length > 0
            ? 'metadata'
            : undefined;
    if (filter) throw invalid(`${filter} filters on wildcard reads are not supported`);
  }
  yield* plainEntries(read({ tableEntry: { tableId, counterData } }));
}

/** Nothing but the key, the action and, where asked for, the counter: not even that an entry is const. */
async function* plainEntries(found: ReturnType<Read>): AsyncGenerator<Init<Entity>> {
  for await (const { tableEntry } of found) {
    const { tableId, match, priority, isDefaultAction, action, counterData } = tableEntry!;
    yield { tableEntry: { tableId, match, priority, isDefaultAction, action, counterData } };
  }
}

/** @throws P4RuntimeError NOT_FOUND */
async function* one(found: ReturnType<Read>, missing: string): AsyncGenerator<Init<Entity>> {
  let any = false;
  for await (const entity of found) {
    any = true;
    yield entity;
  }
  if (!any) throw notFound(missing);
}

async function* replication(entry: PacketReplicationEngineEntry, read: Read): AsyncGenerator<Init<Entity>> {
  const { multicastGroupEntry, cloneSessionEntry } = entry;
  const pattern = { packetReplicationEngineEntry: entry };
  if (multicastGroupEntry) {
    const id = multicastGroupEntry.multicastGroupId;
    const found = id === 0 ? read(pattern) : one(read(pattern), `there is no multicast group ${id}`);
    for await (const { packetReplicationEngineEntry } of found) {
      const { multicastGroupId, replicas } = packetReplicationEngineEntry!.multicastGroupEntry!;
      const sorted = [...(replicas ?? [])].sort(
        (a, b) => (a.instance ?? 0) - (b.instance ?? 0) || port(a) - port(b),
      );
      yield { packetReplicationEngineEntry: { multicastGroupEntry: { multicastGroupId, replicas: sorted } } };
    }
    return;
  }
  if (!cloneSessionEntry)
    throw unimplemented(
      'unsupported packet replication entry: neither a multicast group nor a clone session',
    );
  const id = cloneSessionEntry.sessionId;
  yield* id === 0 ? read(pattern) : one(read(pattern), `there is no clone session ${id}`);
}

const port = (replica: Init<Replica>): number => replica.egressPort ?? 0;
