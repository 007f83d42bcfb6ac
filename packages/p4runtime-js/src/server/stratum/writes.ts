// What Stratum takes in a Write, entity by entity (stratum/hal/lib/barefoot: bfrt_node.cc, bfrt_table_manager.cc,
// bfrt_pre_manager.cc, bfrt_counter_manager.cc).

import type { Replica } from '../../generated/p4-v1.js';
import {
  type CloneSessionEntry,
  type Init,
  type MulticastGroupEntry,
  type TableEntry,
  type Update,
  UpdateType,
} from '../../messages.js';
import { invalid, unimplemented } from './errors.js';

/** The largest priority: the chip's own order is 2^24 - 1 less this, in 24 bits. */
export const MAX_PRIORITY = 2 ** 24 - 1;
const MAX_CLONE_SESSION = 1015;
const MAX_16_BITS = 0xffff;
const MAX_CLASS = 7;

/**
 * Checks an update as Stratum does and gives what is left of it: what Stratum ignores is taken out.
 * @throws P4RuntimeError INVALID_ARGUMENT or UNIMPLEMENTED
 */
export function writable(update: Update): Init<Update> {
  const { type, entity } = update;
  const { tableEntry, counterEntry, registerEntry, meterEntry, digestEntry, packetReplicationEngineEntry } =
    entity!;
  switch (entity!.entity) {
    case 'tableEntry':
      return { type, entity: { tableEntry: writableEntry(type, tableEntry!) } };
    case 'counterEntry':
      if (!counterEntry!.index) throw invalid('modifying a counter without an index is not supported');
      return update;
    case 'registerEntry':
      if (registerEntry!.data?.data !== 'bitstring')
        throw invalid('only bit strings are supported for registers');
      return update;
    case 'meterEntry':
      if (meterEntry!.meterId === 0) throw invalid('a meter entry needs a meter id');
      return update;
    case 'packetReplicationEngineEntry': {
      const { multicastGroupEntry: group, cloneSessionEntry: session } = packetReplicationEngineEntry!;
      if (group) {
        return {
          type,
          entity: { packetReplicationEngineEntry: { multicastGroupEntry: writableGroup(group) } },
        };
      }
      if (session) {
        const cloneSessionEntry = writableSession(type, session);
        return { type, entity: { packetReplicationEngineEntry: { cloneSessionEntry } } };
      }
      throw unimplemented(
        'unsupported packet replication entry: neither a multicast group nor a clone session',
      );
    }
    case 'digestEntry': {
      const { digestId, config } = digestEntry!;
      if (digestId === 0) throw invalid('missing digest id in DigestEntry');
      if (type !== UpdateType.DELETE && !config) throw invalid('digest entry is missing its config');
      // The list size is the driver's, and what is sent counts as acknowledged.
      return { type, entity: { digestEntry: { digestId, config: { maxTimeoutNs: config?.maxTimeoutNs } } } };
    }
    case 'directMeterEntry':
    case 'valueSetEntry':
      throw unimplemented(`unsupported entity type: ${entity!.entity}`);
    default:
      return update;
  }
}

function writableEntry(type: UpdateType, entry: TableEntry): Init<TableEntry> {
  if (entry.priority < 0 || entry.priority > MAX_PRIORITY)
    throw invalid(`priority ${entry.priority} is beyond ${MAX_PRIORITY}`);
  for (const field of entry.match) {
    if (field.optional) throw invalid('optional matches are not supported');
    if (field.lpm && field.lpm.prefixLen === 0) throw invalid("a don't care match must be omitted");
    if (field.ternary?.mask.every((byte) => byte === 0)) throw invalid("a don't care match must be omitted");
  }
  // A DELETE looks at the key alone.
  if (type !== UpdateType.DELETE) {
    if (entry.action?.actionProfileActionSet)
      throw unimplemented('unsupported action type: one-shot action sets; use members and groups');
    if (entry.meterConfig) throw unimplemented('meter configs on table entries are not supported');
  }
  // Stratum keeps none of these, and drops them without a word.
  return { ...entry, metadata: undefined, controllerMetadata: undefined, idleTimeoutNs: undefined };
}

function writableGroup(group: MulticastGroupEntry): Init<MulticastGroupEntry> {
  if (group.multicastGroupId > MAX_16_BITS)
    throw invalid(`multicast group id ${group.multicastGroupId} is beyond ${MAX_16_BITS}`);
  for (const { instance } of group.replicas) {
    if (instance > MAX_16_BITS) throw invalid(`instance ${instance} is beyond ${MAX_16_BITS}`);
  }
  return { ...group, replicas: group.replicas.map(legacy), metadata: undefined };
}

function writableSession(type: UpdateType, session: CloneSessionEntry): Init<CloneSessionEntry> {
  const { sessionId: id, replicas } = session;
  if (id === 0 || id > MAX_CLONE_SESSION)
    throw invalid(`clone session ids are 1..${MAX_CLONE_SESSION}, not ${id}`);
  if (session.packetLengthBytes > MAX_16_BITS)
    throw invalid(`packet_length_bytes ${session.packetLengthBytes} is beyond ${MAX_16_BITS}`);
  if (type !== UpdateType.DELETE) {
    const [replica] = replicas;
    if (replicas.length !== 1 || !replica)
      throw invalid(
        `clone session ${id}: multiple replicas are not supported; there has to be one, not ${replicas.length}`,
      );
    if (session.classOfService < 0 || session.classOfService > MAX_CLASS)
      throw invalid(`clone session ${id}: a class of service is 0..${MAX_CLASS}`);
    if (!replica.egressPort)
      throw invalid(`clone session ${id}: invalid egress port (the field \`port\` is not read)`);
    if (replica.instance !== 0) throw invalid(`clone session ${id}: instances on replicas are not supported`);
  }
  return { ...session, replicas: replicas.map(legacy) };
}

/** `port` is not read at all: a replica that has nothing else goes to port 0. */
const legacy = ({ egressPort, instance }: Replica): Init<Replica> => ({
  egressPort: egressPort ?? 0,
  instance,
});
