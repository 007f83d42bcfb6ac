import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { wirePair } from 'ethernet-wire';
import { MemoryServer } from '../server/server.js';
import { failsWith } from '../testing/expect.js';
import { MemoryClient } from './client.js';

const CYCLES = 100_000;
/** In flight at once. */
const PARALLEL = 32;
const CAPACITY = 4 << 20;
const NODE = 0x101;
/** Of JavaScript heap and buffers, over all cycles but the first tenth: a leak of one small object a cycle would be more. */
const TOLERATED = 2 << 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('a server and a client over 100,000 allocations', function () {
  this.timeout(180_000);
  let server: MemoryServer;
  let client: MemoryClient;
  beforeEach(() => {
    const [here, there] = wirePair();
    server = new MemoryServer({ node: NODE, mac: '02:00:00:00:01:01', capacity: CAPACITY, wire: there });
    client = new MemoryClient({
      node: 1,
      mac: '02:00:00:00:00:01',
      gatewayMac: '02:00:00:00:01:01',
      wire: here,
    });
  });
  afterEach(async () => {
    await client.close();
    await server.close();
  });

  it('lose no page, and keep nothing of what is over', async () => {
    const used = (): number => {
      collect();
      const { heapUsed, external, arrayBuffers } = process.memoryUsage();
      return heapUsed + external + arrayBuffers;
    };
    let left = CYCLES;
    let before = 0;
    const run = async (): Promise<void> => {
      while (left > 0) {
        const cycle = left--;
        const region = await client.alloc(4096 << (cycle % 4), { node: NODE });
        if (cycle % 50 === 0) await client.write(region, Uint8Array.of(cycle));
        await client.free(region);
        if (cycle % 1000 === 0) {
          await assert.rejects(client.free(region), failsWith('NOT_ALLOCATED', /FREE/));
          await assert.rejects(client.read(region, 1), failsWith('OUT_OF_BOUNDS', /READ/));
        }
        if (cycle === CYCLES * 0.9) before = used();
      }
    };
    // One after the other: a second free would meet what another has been given meanwhile.
    await run();
    const grown = used() - before;
    assert.deepEqual([server.status.allocations, server.status.allocatedBytes], [0, 0]);
    assert.deepEqual([client.path(NODE).open, client.path(NODE).queued], [0, 0]);
    assert.ok(grown < TOLERATED, `${grown} bytes more than after a tenth of the cycles`);
    await client.free(await client.alloc(CAPACITY, { node: NODE }));
  });

  it('lose no page when many allocate at once and run out of memory', async () => {
    let left = CYCLES / 10;
    let refused = 0;
    const run = async (): Promise<void> => {
      while (left-- > 0) {
        try {
          await client.free(await client.alloc(CAPACITY / 16, { node: NODE }));
        } catch (error) {
          await assert.rejects(Promise.reject(error), failsWith('NO_MEMORY', /ALLOC/));
          refused++;
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, run));
    assert.ok(refused > 0, 'memory ran out');
    assert.equal(server.status.allocatedBytes, 0);
    await client.free(await client.alloc(CAPACITY, { node: NODE }));
  });
});
