// `node test/bmv2/run.mjs --measure`: how long things take on each switch, for docs/compatibility.md. Figures, no checks.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getFile, type MemoryClient, putFile, removeFile } from '@bluebridge/memory';
import { pipelineBy } from './support/programs.js';
import { quickstart, Rig } from './support/rig.js';
import { compilers, targets } from './support/targets.js';

const README = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)));
const PAGE = 4096;
const OPERATIONS = 1000;
const BULK = 256 * 1024;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
const ms = (value: number) => `${value.toFixed(1)} ms`;
const mibPerSecond = (bytes: number, milliseconds: number) =>
  `${(bytes / 2 ** 20 / (milliseconds / 1000)).toFixed(1)} MiB/s`;

/** Single pages, one request at a time. */
async function oneByOne(client: MemoryClient) {
  const region = await client.alloc(PAGE);
  const content = randomBytes(PAGE);
  client.resetLatencies();
  for (let i = 0; i < OPERATIONS; i++) {
    await client.write(region, content);
    await client.read(region, PAGE);
  }
  const { READ, WRITE } = client.latencies();
  await client.free(region);
  const figure = (l: typeof READ) => (l ? `${ms(l.p50 / 1e3)} / ${ms(l.p99 / 1e3)}` : '');
  return { 'READ p50 / p99': figure(READ), 'WRITE p50 / p99': figure(WRITE) };
}

async function bulk(client: MemoryClient) {
  const regions = await Promise.all([0, 1, 2, 3].map(() => client.alloc(BULK)));
  const content = randomBytes(BULK);
  const write = await timed(() => Promise.all(regions.map((r) => client.write(r, content))));
  const read = await timed(() => Promise.all(regions.map((r) => client.read(r, BULK))));
  await Promise.all(regions.map((r) => client.free(r)));
  return { '1 MiB written': mibPerSecond(4 * BULK, write), '1 MiB read': mibPerSecond(4 * BULK, read) };
}

const rows: Record<string, Record<string, string>> = {};
for (const target of targets()) {
  for (const compiler of compilers(target)) {
    const pipeline = pipelineBy(compiler, await quickstart(), target);
    const started = performance.now();
    const rig = await Rig.start(target);
    const running = performance.now();
    await rig.control(pipeline);
    const controlled = performance.now();
    const alice = rig.startHosts().clients[0]!;
    let address: Awaited<ReturnType<typeof putFile>>['address'] | undefined;
    const put = await timed(async () => {
      ({ address } = await putFile(alice, README));
    });
    const get = await timed(() => getFile(alice, address!, () => {}));
    rows[`${target}, JSON of ${compiler}`] = {
      'switch starts': ms(running - started),
      'program and entries': ms(controlled - running),
      'put README': ms(put),
      'get README': ms(get),
      ...(await oneByOne(alice)),
      ...(await bulk(alice)),
      'requests repeated': `${alice.counters.retransmissions}`,
    };
    await removeFile(alice, address!);
    await rig.stop();
  }
}
console.table(rows);
