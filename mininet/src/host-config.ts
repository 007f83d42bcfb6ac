import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { memoryAddress } from './description.js';
import { hostInterface, ordinaryAddress } from './interfaces.js';

/** `NAME.config`, what a program in that host has to know to take part: one KEY=VALUE a line, as a shell can read it. */
export function hostConfig(fabric: Fabric, host: ServerSpec | ClientSpec): string {
  const { mac } = fabric.switches.find((s) => s.name === host.switch)!;
  const lines = {
    NAME: host.name,
    ROLE: 'capacity' in host ? 'server' : 'client',
    INTERFACE: hostInterface(host),
    MAC: host.mac,
    IPV6: ordinaryAddress(host.node),
    NODE: `0x${host.node.toString(16)}`,
    MEMORY: memoryAddress(fabric, host.node),
    ANYCAST: memoryAddress(fabric, 0xffff),
    GATEWAY_MAC: mac,
    UDP_PORT: fabric.udpPort,
    PAGE_SIZE: fabric.pageSize,
    MTU: fabric.mtu,
    ...('capacity' in host ? { CAPACITY: host.capacity } : { DOMAIN: host.domain }),
    SERVERS: fabric.servers.map((s) => memoryAddress(fabric, s.node)).join(','),
  };
  return Object.entries(lines)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
