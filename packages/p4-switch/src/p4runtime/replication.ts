import { type Entity, type Init, type PacketReplicationEngineEntry, type p4, UpdateType } from 'p4runtime-js';
import type { Replica, ReplicationControl } from '../switch/control-plane.js';
import { fromBytes, toBytes } from './bytes.js';
import { invalid } from './errors.js';

const PORT_BITS = 32;

/** @throws P4RuntimeError (specification, "PacketReplicationEngineEntry") */
export function writeReplication(
  engine: ReplicationControl,
  type: UpdateType,
  entry: PacketReplicationEngineEntry,
): void {
  const { multicastGroupEntry: group, cloneSessionEntry: session } = entry;
  if (group) {
    const id = group.multicastGroupId;
    if (type === UpdateType.DELETE) {
      engine.removeGroup(id);
      return;
    }
    const members = replicas(group.replicas, `multicast group ${id}`);
    if (type === UpdateType.INSERT) engine.addGroup(id, members);
    else engine.modifyGroup(id, members);
    return;
  }
  if (session) {
    const id = session.sessionId;
    if (type === UpdateType.DELETE) {
      engine.removeSession(id);
      return;
    }
    if (session.classOfService !== 0)
      throw invalid(`clone session ${id}: classes of service are not supported`);
    const value = {
      replicas: replicas(session.replicas, `clone session ${id}`),
      truncate: session.packetLengthBytes,
    };
    if (type === UpdateType.INSERT) engine.addSession(id, value);
    else engine.modifySession(id, value);
    return;
  }
  throw invalid('a packet replication entry is a multicast group or a clone session; neither is set');
}

function replicas(list: readonly p4.v1.Replica[], what: string): Replica[] {
  const seen = new Set<string>();
  return list.map((replica) => {
    const port = replica.port
      ? Number(fromBytes(replica.port, PORT_BITS, `${what}, port`))
      : (replica.egressPort ?? 0);
    const key = `${port}/${replica.instance}`;
    if (seen.has(key))
      throw invalid(`${what}: port ${port} with instance ${replica.instance} stands there twice`);
    seen.add(key);
    return { port, instance: replica.instance };
  });
}

export function* readReplication(
  engine: ReplicationControl,
  pattern: PacketReplicationEngineEntry,
): Generator<Init<Entity>> {
  const { multicastGroupEntry: group, cloneSessionEntry: session } = pattern;
  if (!session) {
    for (const { id, replicas: list } of engine.groups()) {
      if (group && group.multicastGroupId !== 0 && group.multicastGroupId !== id) continue;
      yield {
        packetReplicationEngineEntry: {
          multicastGroupEntry: { multicastGroupId: id, replicas: messages(list) },
        },
      };
    }
  }
  if (!group) {
    for (const { id, replicas: list, truncate } of engine.sessions()) {
      if (session && session.sessionId !== 0 && session.sessionId !== id) continue;
      yield {
        packetReplicationEngineEntry: {
          cloneSessionEntry: { sessionId: id, replicas: messages(list), packetLengthBytes: truncate },
        },
      };
    }
  }
}

const messages = (list: readonly Replica[]) =>
  list.map(({ port, instance }) => ({ port: toBytes(BigInt(port)), instance }));
