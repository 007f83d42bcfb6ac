import { type Fabric, parseFabric } from '@bluebridge/templates';

export const CPU = 510;
/** The first server, at port 1, is home to every page of these tests. */
export const HOME = { node: 0x101, port: 1 };
export const OTHER_HOME = { node: 0x102, port: 2 };
/** Microseconds in a unit of the switch's clock. */
export const TICK = 1024;

/** A client: its index is what the directory knows it by. */
export interface Client {
  readonly index: number;
  readonly node: number;
  readonly port: number;
  readonly epoch: number;
}

export const clientOf = (index: number): Client => ({
  index,
  node: 1 + index,
  port: 10 + index,
  epoch: 100 + index,
});

export const CLIENTS = 64;

/** Two servers and as many clients as a directory can tell apart. */
export const SPEC = (mode: 'msi' | 'home', protection = 'permissions'): string => `name: coherent
features:
  protection: ${protection}
  coherence: { mode: ${mode}, slots: 64, lockLease: 50 }
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 1MiB }
  - { name: m2, node: 0x102, port: 2, capacity: 1MiB }
clients:
${Array.from({ length: CLIENTS }, (_, i) => `  - { name: c${i}, node: ${1 + i}, port: ${10 + i} }`).join('\n')}
`;

export const fabricOf = (mode: 'msi' | 'home', protection?: Fabric['features']['protection']): Fabric =>
  parseFabric(SPEC(mode, protection));
