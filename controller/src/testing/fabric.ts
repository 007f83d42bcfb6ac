import type { Fabric } from '@bluebridge/templates';

/** Two servers and three clients around one switch; bob and carol share a domain. */
export const testFabric: Fabric = {
  name: 'test',
  profile: 'bb',
  target: 'embedded',
  prefix: 0xfdbb,
  udpPort: 5000,
  pageSize: 4096,
  mtu: 1500,
  features: { ordinaryTraffic: true, refusalLog: true, broadcast: false, protection: 'permissions' },
  tables: { sources: 64, permissions: 1024, routes: 1024, stations: 64 },
  switches: [{ name: 's1', deviceId: 1n, p4runtime: '127.0.0.1:0', cpuPort: 510, mac: '02:bb:00:00:ff:ff' }],
  links: [],
  servers: [
    { name: 'm1', node: 0x101, mac: '02:bb:00:00:01:01', switch: 's1', port: 1, capacity: 65536 },
    { name: 'm2', node: 0x102, mac: '02:bb:00:00:01:02', switch: 's1', port: 2, capacity: 65536 },
  ],
  clients: [
    { name: 'alice', node: 1, mac: '02:bb:00:00:00:01', switch: 's1', port: 3, domain: 1 },
    { name: 'bob', node: 2, mac: '02:bb:00:00:00:02', switch: 's1', port: 4, domain: 2 },
    { name: 'carol', node: 3, mac: '02:bb:00:00:00:03', switch: 's1', port: 5, domain: 2 },
  ],
};
