import type { Fabric } from '@bluebridge/templates';
import { testFabric } from './fabric.js';

const [only] = testFabric.switches;

/** The hosts of the test fabric around two leaves under two spines: m1 and alice at leaf1, the others at leaf2. */
export const severalSwitches: Fabric = {
  ...testFabric,
  switches: ['leaf1', 'leaf2', 'spine1', 'spine2'].map((name, i) => ({
    ...only!,
    name,
    deviceId: BigInt(i + 1),
  })),
  links: [
    ['leaf1', 101, 'spine1', 1],
    ['leaf1', 102, 'spine2', 1],
    ['leaf2', 101, 'spine1', 2],
    ['leaf2', 102, 'spine2', 2],
  ].map(([a, p, b, q]) => ({
    ends: [
      { switch: a as string, port: p as number },
      { switch: b as string, port: q as number },
    ],
  })),
  servers: testFabric.servers.map((s) => ({ ...s, switch: s.name === 'm1' ? 'leaf1' : 'leaf2' })),
  clients: testFabric.clients.map((c) => ({ ...c, switch: c.name === 'alice' ? 'leaf1' : 'leaf2' })),
};
