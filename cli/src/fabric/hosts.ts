import { CoherentClient, MemoryClient, MemoryServer } from '@bluebridge/memory';
import type { ClientSpec, Fabric, Features, ServerSpec } from '@bluebridge/templates';
import type { Wire } from 'ethernet-wire';

/** A memory server of the fabric, on its end of a wire. */
export function startServer(fabric: Fabric, spec: ServerSpec, wire: Wire): MemoryServer {
  const { pageSize, mtu, prefix, udpPort: port, features } = fabric;
  return new MemoryServer({ ...spec, wire, pageSize, mtu, prefix, port, ...homeDirectory(features) });
}

/** A client of the fabric, on its end of a wire: one that keeps copies of pages where the fabric keeps them coherent. */
export function startClient(fabric: Fabric, spec: ClientSpec, wire: Wire, timeout?: number): MemoryClient {
  const { pageSize, mtu, prefix, udpPort: port } = fabric;
  const gatewayMac = fabric.switches.find((s) => s.name === spec.switch)!.mac;
  const { node, mac } = spec;
  const options = { node, mac, gatewayMac, wire, pageSize, mtu, prefix, port, timeout };
  const { coherence } = fabric.features;
  if (coherence === undefined) return new MemoryClient(options);
  return new CoherentClient({ ...options, directory: coherence.mode === 'home' ? 'home' : 'switch' });
}

/** What a server needs to keep the directory of its pages itself; nothing where the switch does, or nobody has copies. */
function homeDirectory({ coherence }: Features) {
  if (coherence?.mode !== 'home') return {};
  const { lease, lockLease } = coherence;
  return { directory: { lease, lockLease, margin: Math.ceil(lease / 10) } };
}
