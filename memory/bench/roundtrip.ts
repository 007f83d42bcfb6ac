/*
 * What the protocol costs: 4 KiB reads and writes, and bulk transfers, over the wires that need no root, beside a bare echo of
 * the same number of frames of the same size over the same kind of wire. All in one run; the ratios are what counts.
 *
 *   node --conditions=source --import tsx memory/bench/roundtrip.ts [seconds per figure, default 1]
 */
import { openWire, type Wire, wirePair } from 'ethernet-wire';
import { MemoryClient, MemoryServer, wire as protocol } from '../src/index.js';

const SECONDS = Number(process.argv[2] ?? 1);
const PAGE = 4096;
const BULK = 8 << 20;
const NODE = 0x101;
const SERVER_MAC = '02:00:00:00:01:01';
const CLIENT_MAC = '02:00:00:00:00:01';

type Pair = [Wire, Wire];

async function udpPair(): Promise<Pair> {
  for (let port = 42000 + Math.floor(Math.random() * 20_000); ; port += 2) {
    try {
      const first = await openWire(`udp:127.0.0.1:${port},127.0.0.1:${port + 1}`);
      return [first, await openWire(`udp:127.0.0.1:${port + 1},127.0.0.1:${port}`)];
    } catch (error) {
      if (port > 65_000) throw error;
    }
  }
}

interface Figures {
  /** Microseconds. */
  p50: number;
  p99: number;
  count: number;
}

async function measure(once: () => Promise<unknown>): Promise<Figures> {
  for (let i = 0; i < 500; i++) await once();
  const samples: number[] = [];
  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    const begun = performance.now();
    await once();
    samples.push((performance.now() - begun) * 1000);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(samples.length * share)]!;
  return { p50: at(0.5), p99: at(0.99), count: samples.length };
}

/** One frame there, the frames of a page back (or the other way round): what the wire alone takes. */
async function bareEcho([near, far]: Pair, there: number[], back: number[]): Promise<Figures> {
  const out = there.map((length) => new Uint8Array(length));
  const answers = back.map((length) => new Uint8Array(length));
  let arrived = 0;
  far.onFrames((frames) => {
    arrived += frames.length;
    if (arrived < there.length) return;
    arrived -= there.length;
    for (const frame of answers) far.send(frame);
    far.flush();
  });
  let waiting = 0;
  let done = () => {};
  near.onFrames((frames) => {
    waiting -= frames.length;
    if (waiting <= 0) done();
  });
  const figures = await measure(
    () =>
      new Promise<void>((resolve) => {
        done = resolve;
        waiting = back.length;
        for (const frame of out) near.send(frame);
        near.flush();
      }),
  );
  await near.close();
  await far.close();
  return figures;
}

async function bulk(run: () => Promise<unknown>): Promise<number> {
  await run();
  let bytes = 0;
  const begun = performance.now();
  while (performance.now() < begun + SECONDS * 1000) {
    await run();
    bytes += BULK;
  }
  return bytes / 1e6 / ((performance.now() - begun) / 1000);
}

function show(name: string, figures: Figures, bare?: Figures): void {
  const ratio = bare === undefined ? '' : `   ${(figures.p50 / bare.p50).toFixed(2)} x bare`;
  console.log(
    `  ${name.padEnd(26)} p50 ${figures.p50.toFixed(1).padStart(7)} us   p99 ${figures.p99.toFixed(1).padStart(7)} us${ratio}`,
  );
}

const header = 86;
const chunk = protocol.chunkBytes(protocol.DEFAULT_MTU);
const page = [chunk, chunk, PAGE - 2 * chunk].map((bytes) => bytes + header);
for (const [name, open] of [
  ['in-process pair', async (): Promise<Pair> => wirePair()],
  ['udp wire on loopback', udpPair],
] as const) {
  console.log(name);
  const bareRead = await bareEcho(await open(), [header], page);
  const bareWrite = await bareEcho(await open(), page, [header]);
  const [near, far] = await open();
  const server = new MemoryServer({ node: NODE, mac: SERVER_MAC, capacity: 64 << 20, wire: far });
  const client = new MemoryClient({ node: 1, mac: CLIENT_MAC, gatewayMac: SERVER_MAC, wire: near });
  const region = await client.alloc(BULK, { node: NODE });
  const bytes = new Uint8Array(PAGE).fill(7);
  show('bare echo as a read', bareRead);
  show('read 4 KiB', await measure(() => client.read(region, PAGE)), bareRead);
  show('bare echo as a write', bareWrite);
  show('write 4 KiB', await measure(() => client.write(region, bytes)), bareWrite);
  const all = new Uint8Array(BULK).fill(9);
  const read = await bulk(() => client.read(region, BULK));
  const write = await bulk(() => client.write(region, all));
  const { retransmissions } = client.counters;
  console.log(
    `  bulk of 8 MiB              read ${read.toFixed(0)} MB/s, write ${write.toFixed(0)} MB/s, ${retransmissions} sent again`,
  );
  await client.close();
  await server.close();
}
