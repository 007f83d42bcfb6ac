import { within } from '../errors/within.js';
import type { Replica } from '../messages.js';
import { Entity } from '../messages.js';
import type { ValueInput } from '../values/value.js';
import type { Init } from '../wire/message-type.js';
import { encodePort } from './port.js';

/** One copy: where it goes, and the `egress_rid` that tells it from other copies to the same port. */
export interface ReplicaSpec {
  /** Port number, or its bytes where ports are translated. */
  readonly port: ValueInput;
  readonly instance?: number;
  /** Used in this order while the port is down. Not of targets from before 1.5. */
  readonly backups?: readonly { readonly port: ValueInput; readonly instance?: number }[];
}

/**
 * A multicast group; id 0 is a pattern for all of them. Ports are written in the `port` field; give `legacyPorts` to a server from before 1.4, which knows
 * `egress_port` only.
 * @throws P4RuntimeError for a port that is no number
 */
export function multicastGroup(spec: {
  readonly id: number;
  readonly replicas?: readonly ReplicaSpec[];
  /** The controller's own. */
  readonly metadata?: Uint8Array;
  readonly legacyPorts?: boolean;
}): Entity {
  return within(`multicast group ${spec.id}`, () =>
    Entity.from({
      packetReplicationEngineEntry: {
        multicastGroupEntry: {
          multicastGroupId: spec.id,
          metadata: spec.metadata,
          replicas: replicas(spec.replicas, spec.legacyPorts),
        },
      },
    }),
  );
}

/** A clone session; id 0 is a pattern for all of them. @throws as `multicastGroup` */
export function cloneSession(spec: {
  readonly id: number;
  readonly replicas?: readonly ReplicaSpec[];
  readonly classOfService?: number;
  /** Copies are cut to so many bytes; 0 keeps them whole. */
  readonly packetLengthBytes?: number;
  readonly legacyPorts?: boolean;
}): Entity {
  return within(`clone session ${spec.id}`, () =>
    Entity.from({
      packetReplicationEngineEntry: {
        cloneSessionEntry: {
          sessionId: spec.id,
          replicas: replicas(spec.replicas, spec.legacyPorts),
          classOfService: spec.classOfService ?? 0,
          packetLengthBytes: spec.packetLengthBytes ?? 0,
        },
      },
    }),
  );
}

function replicas(specs: readonly ReplicaSpec[] = [], legacy = false): Init<Replica>[] {
  return specs.map(({ port, instance = 0, backups = [] }) => {
    if (legacy) return { egressPort: Number(port), instance };
    const backupReplicas = backups.map((backup) => ({
      port: encodePort(backup.port),
      instance: backup.instance ?? 0,
    }));
    return { port: encodePort(port), instance, backupReplicas };
  });
}

/** One line: `multicast group 5 -> ports 1, 2#1`. */
export function showReplicas(specs: readonly Init<Replica>[]): string {
  const one = ({ port, egressPort, instance }: Init<Replica>) =>
    `${port ? BigInt(`0x${Buffer.from(port).toString('hex') || '0'}`) : (egressPort ?? '?')}${instance ? `#${instance}` : ''}`;
  return `ports ${specs.map(one).join(', ') || 'none'}`;
}
