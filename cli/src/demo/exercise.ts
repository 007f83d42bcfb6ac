import { randomBytes } from 'node:crypto';
import type { Latency, MemoryAddress, MemoryClient, Region, wire } from '@bluebridge/memory';
import type { Throughput } from './report.js';

const REGIONS = 4;
const REGION_BYTES = 256 * 1024;

type Latencies = Partial<Record<wire.OpName, Latency>>;

export interface Exercised {
  /** Of whole allocations, as many requests in flight as the client's window allows. */
  readonly throughput: readonly Throughput[];
  /** Of single pages, one at a time. */
  readonly latencies: Latencies;
  /** Pages that came back with other bytes. */
  readonly wrong: number;
}

/** Write and read memory on all servers: in bulk for the throughput, then page by page for the latency. Everything is verified and freed. */
export async function exercise(client: MemoryClient, operations: number): Promise<Exercised> {
  const regions = await Promise.all(Array.from({ length: REGIONS }, () => client.alloc(REGION_BYTES)));
  const bulk = await inBulk(client, regions);
  client.resetLatencies();
  const wrong = await oneByOne(client, regions, operations);
  const latencies = client.latencies();
  await Promise.all(regions.map((region) => client.free(region)));
  return { throughput: bulk.throughput, latencies, wrong: bulk.wrong + wrong };
}

async function inBulk(client: MemoryClient, regions: readonly Region[]) {
  const content = randomBytes(REGION_BYTES);
  let wrong = 0;
  const writes = await timed('write in bulk', () =>
    Promise.all(regions.map((r) => client.write(r, content))),
  );
  const reads = await timed('read in bulk', () =>
    Promise.all(
      regions.map(async (region) => {
        if (Buffer.compare(await client.read(region, REGION_BYTES), content) !== 0) wrong++;
      }),
    ),
  );
  return { throughput: [writes, reads], wrong };
}

async function oneByOne(
  client: MemoryClient,
  regions: readonly Region[],
  operations: number,
): Promise<number> {
  const { pageSize } = client;
  const pages = REGION_BYTES / pageSize;
  let wrong = 0;
  for (let i = 0; i < operations; i++) {
    const region = regions[i % REGIONS]!;
    const page = Math.floor(i / REGIONS) % pages;
    const at: MemoryAddress = { node: region.node, pointer: region.pointer + BigInt(page * pageSize) };
    const content = randomBytes(pageSize);
    await client.write(at, content);
    if (Buffer.compare(await client.read(at, pageSize), content) !== 0) wrong++;
  }
  return wrong;
}

async function timed(what: string, work: () => Promise<unknown>): Promise<Throughput> {
  const started = performance.now();
  await work();
  return { what, bytes: REGIONS * REGION_BYTES, milliseconds: performance.now() - started };
}
