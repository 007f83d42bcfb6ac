import {
  type CloneSessionEntry,
  type Entity,
  type Init,
  type MulticastGroupEntry,
  type PacketReplicationEngineEntry,
  type p4,
  UpdateType,
} from 'p4runtime-js';
import type { Replica, ReplicationControl } from '../switch/control-plane.js';
import { fromBytes, toBytes } from './bytes.js';
import { invalid, unimplemented } from './errors.js';

const PORT_BITS = 32;
/** v1model's `priority` has 3 bits. This switch has no queues, so that all classes are served alike. */
const MAX_CLASS = 7;

interface Written extends Replica {
  /** The port stood in the deprecated `egress_port`, and is read back there. */
  readonly legacy: boolean;
}

/** What controllers wrote and the data plane does not keep. */
export class ReplicationNotes {
  readonly groups = new Map<
    number,
    { readonly replicas: readonly Written[]; readonly metadata: Uint8Array }
  >();
  readonly sessions = new Map<
    number,
    { readonly replicas: readonly Written[]; readonly classOfService: number; readonly truncate: number }
  >();
}

/** @throws P4RuntimeError, P4SwitchError (specification, "PacketReplicationEngineEntry") */
export function writeReplication(
  engine: ReplicationControl,
  notes: ReplicationNotes,
  type: UpdateType,
  entry: PacketReplicationEngineEntry,
): void {
  if (entry.multicastGroupEntry) return writeGroup(engine, notes, type, entry.multicastGroupEntry);
  if (entry.cloneSessionEntry) return writeSession(engine, notes, type, entry.cloneSessionEntry);
  throw invalid('a packet replication entry is a multicast group or a clone session; neither is set');
}

function writeGroup(
  engine: ReplicationControl,
  notes: ReplicationNotes,
  type: UpdateType,
  entry: MulticastGroupEntry,
): void {
  const id = entry.multicastGroupId;
  if (id === 0) throw invalid("a multicast group's id is never 0, which means all of them in a read");
  if (type === UpdateType.DELETE) {
    engine.removeGroup(id);
    notes.groups.delete(id);
    return;
  }
  const replicas = replicasOf(entry.replicas, `multicast group ${id}`);
  if (type === UpdateType.INSERT) engine.addGroup(id, replicas);
  else engine.modifyGroup(id, replicas);
  notes.groups.set(id, { replicas, metadata: Uint8Array.from(entry.metadata) });
}

function writeSession(
  engine: ReplicationControl,
  notes: ReplicationNotes,
  type: UpdateType,
  entry: CloneSessionEntry,
): void {
  const { sessionId: id, classOfService } = entry;
  if (id === 0) throw invalid("a clone session's id is never 0, which means all of them in a read");
  if (type === UpdateType.DELETE) {
    engine.removeSession(id);
    notes.sessions.delete(id);
    return;
  }
  const what = `clone session ${id}`;
  if (classOfService < 0 || classOfService > MAX_CLASS) {
    throw invalid(`${what}: a class of service is 0..${MAX_CLASS}, not ${classOfService}`);
  }
  const replicas = replicasOf(entry.replicas, what);
  const truncate = entry.packetLengthBytes;
  if (type === UpdateType.INSERT) engine.addSession(id, { replicas, truncate });
  else engine.modifySession(id, { replicas, truncate });
  notes.sessions.set(id, { replicas, classOfService, truncate });
}

function replicasOf(list: readonly p4.v1.Replica[], what: string): Written[] {
  const seen = new Set<string>();
  return list.map((replica) => {
    if (replica.backupReplicas.length > 0) throw unimplemented(`${what}: backup replicas are not supported`);
    const legacy = replica.portKind === 'egressPort';
    if (!replica.portKind) throw invalid(`${what}: a replica has no port`);
    const port = legacy
      ? (replica.egressPort ?? 0)
      : Number(fromBytes(replica.port!, PORT_BITS, `${what}, port`));
    const key = `${port}/${replica.instance}`;
    if (seen.has(key))
      throw invalid(`${what}: port ${port} with instance ${replica.instance} stands there twice`);
    seen.add(key);
    return { port, instance: replica.instance, legacy };
  });
}

/** Only the id of a pattern counts; 0 means all. */
export function* readReplication(
  notes: ReplicationNotes,
  pattern: PacketReplicationEngineEntry,
): Generator<Init<Entity>> {
  const { multicastGroupEntry: group, cloneSessionEntry: session } = pattern;
  for (const [multicastGroupId, { replicas, metadata }] of session ? [] : notes.groups) {
    if (group && group.multicastGroupId !== 0 && group.multicastGroupId !== multicastGroupId) continue;
    yield {
      packetReplicationEngineEntry: {
        multicastGroupEntry: { multicastGroupId, replicas: messages(replicas), metadata },
      },
    };
  }
  for (const [sessionId, { replicas, classOfService, truncate }] of group ? [] : notes.sessions) {
    if (session && session.sessionId !== 0 && session.sessionId !== sessionId) continue;
    yield {
      packetReplicationEngineEntry: {
        cloneSessionEntry: {
          sessionId,
          replicas: messages(replicas),
          classOfService,
          packetLengthBytes: truncate,
        },
      },
    };
  }
}

const messages = (list: readonly Written[]): Init<p4.v1.Replica>[] =>
  list.map(({ port, instance, legacy }) =>
    legacy ? { egressPort: port, instance } : { port: toBytes(BigInt(port)), instance },
  );
