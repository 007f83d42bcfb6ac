import { MemoryClient, MemoryServer } from '@bluebridge/memory';
import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import type { Wire } from 'ethernet-wire';

/** A memory server of the fabric, on its end of a wire. */
export function startServer(fabric: Fabric, spec: ServerSpec, wire: Wire): MemoryServer {
  const { pageSize, mtu, prefix, udpPort: port } = fabric;
  return new MemoryServer({ ...spec, wire, pageSize, mtu, prefix, port });
}

/** A client of the fabric, on its end of a wire. */
export function startClient(fabric: Fabric, spec: ClientSpec, wire: Wire, timeout?: number): MemoryClient {
  const { pageSize, mtu, prefix, udpPort: port } = fabric;
  const gatewayMac = fabric.switches.find((s) => s.name === spec.switch)!.mac;
  const { node, mac } = spec;
  return new MemoryClient({ node, mac, gatewayMac, wire, pageSize, mtu, prefix, port, timeout });
}
