import { DEFAULT_SWITCH_MAC } from './checks.js';
import type { Fabric } from './fabric.js';
import { macOfNode } from './scalars.js';
import type { Spec } from './schema.js';
import { switchWire } from './wires.js';

/** Fills in the defaults that follow from other fields. `spec` has passed every check. */
export function normalise(spec: Spec): Fabric {
  const [only] = spec.switches;
  if (!only) throw new RangeError('a checked specification has a switch');
  const host = ({ wire, wires, ...rest }: Spec['clients'][number] | Spec['servers'][number]) => {
    const switchEnd = wire && switchWire(wire);
    const ends = wire && switchEnd ? { host: wire, switch: switchEnd } : wires;
    return {
      name: rest.name,
      node: rest.node,
      mac: rest.mac ?? macOfNode(rest.node),
      switch: rest.switch ?? only.name,
      port: rest.port,
      ...(ends && { wires: ends }),
    };
  };
  return deepFreeze({
    ...spec,
    switches: spec.switches.map((s, index) => ({
      ...s,
      deviceId: BigInt(s.deviceId ?? index + 1),
      mac: s.mac ?? DEFAULT_SWITCH_MAC,
    })),
    servers: spec.servers.map((server) => ({ ...host(server), capacity: server.capacity })),
    clients: spec.clients.map((client) => ({ ...host(client), domain: client.domain ?? client.node })),
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
