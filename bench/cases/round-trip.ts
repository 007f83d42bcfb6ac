import { MemoryClient, type MemoryServer, type Region } from '@bluebridge/memory';
import type { Fabric } from '@bluebridge/templates';
import { startClient, startServer } from 'bluebridge';
import { openUdpWire, type Wire, wirePair } from 'ethernet-wire';
import { type Case, type Contender, type Contest, type Figure, quantile } from '../lib/contest.js';
import { quickstart } from '../lib/program.js';
import { Rig } from '../lib/rig.js';

const BULK = 4 << 20;
const WARM_UP = 300;
type Cable = () => Promise<[Wire, Wire]>;
/** A client with memory on a server. */
interface Couple {
  readonly client: MemoryClient;
  readonly region: Region;
  close(): Promise<void>;
}

/** Requests of a client to a server, through the switch and without it, over wires in the process and over UDP. */
export const roundTripCase: Case = {
  name: 'round-trip',
  about: 'requests of a client to a memory server',
  open,
};

async function open(): Promise<Contest> {
  const program = await quickstart(1024);
  const couples: Couple[] = [];
  const contender = async (name: string, couple: Promise<Couple>): Promise<Contender> => {
    const made = await couple;
    couples.push(made);
    return { name, run: (seconds) => measure(made, program.fabric.pageSize, seconds) };
  };
  return {
    contenders: [
      await contender('switch', throughSwitch(program, pair)),
      await contender('bare wire', direct(program.fabric, await pair())),
      await contender('switch, UDP', throughSwitch(program, udpPair)),
      await contender('bare UDP', direct(program.fabric, await udpPair())),
    ],
    figures: [
      ...figures('in process', 'switch', 'bare wire'),
      ...figures('over UDP', 'switch, UDP', 'bare UDP'),
    ],
    notes: () => [
      'client, switch and server share one process and one thread; ratios of times: lower is better',
      `bulk: ${BULK >> 20} MiB in pages, windowed`,
    ],
    close: async () => {
      for (const couple of couples) await couple.close();
    },
  };
}

async function pair(): Promise<[Wire, Wire]> {
  return wirePair();
}

/** Two ends of a UDP tunnel on loopback, on ports that the system chose. */
async function udpPair(): Promise<[Wire, Wire]> {
  const host = '127.0.0.1';
  for (let attempt = 0; ; attempt++) {
    const base = 20_000 + Math.floor(Math.random() * 20_000);
    const [a, b] = [
      { host, port: base },
      { host, port: base + 1 },
    ];
    try {
      const near = await openUdpWire({ local: a, remote: b });
      try {
        return [near, await openUdpWire({ local: b, remote: a })];
      } catch (error) {
        await near.close();
        throw error;
      }
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

async function throughSwitch(
  { fabric, pipeline }: Awaited<ReturnType<typeof quickstart>>,
  cable: Cable,
): Promise<Couple> {
  const [clientSpec, serverSpec] = [fabric.clients[0]!, fabric.servers[0]!];
  const [clientEnd, clientPort] = await cable();
  const [serverEnd, serverPort] = await cable();
  const ports = new Map([
    [clientSpec.port, clientPort],
    [serverSpec.port, serverPort],
  ]);
  const rig = await Rig.start({ fabric, pipeline, ports });
  const server = startServer(fabric, serverSpec, serverEnd);
  return coupled(startClient(fabric, clientSpec, clientEnd), server, serverSpec.node, rig);
}

async function direct(fabric: Fabric, [clientEnd, serverEnd]: [Wire, Wire]): Promise<Couple> {
  const [clientSpec, serverSpec] = [fabric.clients[0]!, fabric.servers[0]!];
  const { pageSize, mtu, prefix, udpPort: port } = fabric;
  const { node, mac } = clientSpec;
  const options = { node, mac, gatewayMac: serverSpec.mac, pageSize, mtu, prefix, port };
  return coupled(
    new MemoryClient({ ...options, wire: clientEnd }),
    startServer(fabric, serverSpec, serverEnd),
    serverSpec.node,
  );
}

async function coupled(client: MemoryClient, server: MemoryServer, node: number, rig?: Rig): Promise<Couple> {
  const region = await client.alloc(BULK, { node });
  return {
    client,
    region,
    close: async () => {
      await client.close();
      await server.close();
      await rig?.close();
    },
  };
}

async function measure({ client, region }: Couple, page: number, seconds: number) {
  const into = new Uint8Array(page);
  const read = () => client.read(region, page, { into });
  for (let i = 0; i < WARM_UP; i++) await read();
  const times: number[] = [];
  for (const until = performance.now() + seconds * 500; performance.now() < until; ) {
    const began = performance.now();
    await read();
    times.push((performance.now() - began) * 1000);
  }
  const all = new Uint8Array(BULK).map((_, i) => i);
  const write = await bulk(seconds / 4, () => client.write(region, all));
  const back = new Uint8Array(BULK);
  const bulkRead = await bulk(seconds / 4, () => client.read(region, BULK, { into: back }));
  if (Buffer.compare(all, back) !== 0) throw new Error('what was read back is not what was written');
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), write, read: bulkRead };
}

/** MB/s of moving BULK bytes again and again. */
async function bulk(seconds: number, once: () => Promise<unknown>): Promise<number> {
  await once();
  const began = performance.now();
  let bytes = 0;
  do {
    await once();
    bytes += BULK;
  } while (performance.now() < began + seconds * 1000);
  return bytes / 1000 / (performance.now() - began);
}

function figures(where: string, subject: string, baseline: string): Figure[] {
  const figure = (title: string, unit: string, metric: string): Figure => ({
    title: `${title}, ${where}`,
    unit,
    subject: { contender: subject, metric },
    baseline: { contender: baseline, metric },
  });
  return [
    figure('READ 4 KiB, p50', 'us', 'p50'),
    figure('READ 4 KiB, p99', 'us', 'p99'),
    figure('bulk READ', 'MB/s', 'read'),
    figure('bulk WRITE', 'MB/s', 'write'),
  ];
}
