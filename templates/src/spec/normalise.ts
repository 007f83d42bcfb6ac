import { DEFAULT_SWITCH_MAC, defaultP4Runtime } from './checks.js';
import { coherenceOf } from './coherence.js';
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
      ...(rest.impair && { impair: rest.impair }),
    };
  };
  const { coherence, ...features } = spec.features;
  const cached = coherenceOf(coherence, spec.pageSize);
  return deepFreeze({
    ...spec,
    features: { ...features, ...(cached && { coherence: cached }) },
    switches: spec.switches.map((s, index) => ({
      ...s,
      deviceId: BigInt(s.deviceId ?? index + 1),
      p4runtime: s.p4runtime ?? defaultP4Runtime(index),
      mac: s.mac ?? DEFAULT_SWITCH_MAC,
    })),
    links: spec.links.map(({ between, wire, wires, impair }) => {
      const second = wire && switchWire(wire);
      const both = wire && second ? ([wire, second] as const) : wires;
      return { ends: between, ...(both && { wires: both }), ...(impair && { impair }) };
    }),
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
