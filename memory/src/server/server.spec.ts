import assert from 'node:assert/strict';
import { wirePair } from 'ethernet-wire';
import { MemoryClient } from '../client/client.js';
import { World } from '../testing/world.js';
import { MemoryServer, type MemoryServerOptions } from './server.js';

describe('MemoryServer', () => {
  const base = { node: 0x101, mac: '02:00:00:00:01:01', capacity: 1 << 20 };

  it('serves a client over a wire of this process, in real time', async () => {
    const [near, far] = wirePair();
    const server = new MemoryServer({ ...base, capacity: 64 << 20, wire: far });
    const macs = { mac: '02:00:00:00:00:01', gatewayMac: base.mac };
    const client = new MemoryClient({ node: 1, ...macs, wire: near });
    try {
      const region = await client.alloc(1 << 20, { node: 0x101 });
      const bytes = new Uint8Array(1 << 20).map((_, i) => i * 7 + (i >> 8));
      await client.write(region, bytes);
      assert.deepEqual(await client.read(region, 1 << 20), bytes);
      assert.equal(await client.free(region), 1 << 20);
      const { allocatedBytes, committedBytes, capacity } = server.status;
      assert.deepEqual([allocatedBytes, capacity], [0, 64 << 20]);
      assert.ok(committedBytes <= 1 << 20);
      assert.ok(client.latencies().READ!.p99 >= client.latencies().READ!.p50);
    } finally {
      await client.close();
      await server.close();
      await server.close();
    }
  });

  it('refuses options that cannot be, saying why', () => {
    const cases: [Partial<MemoryServerOptions>, RegExp][] = [
      [{ node: 0xffff }, /node 65535 is not a whole number from 0 to 65534/],
      [{ pageSize: 3000 }, /page size of 3000 bytes is not a power of two from 256 to 1048576/],
      [{ pageSize: 128 }, /page size of 128/],
      [{ capacity: 1000 }, /capacity of 1000 bytes is not a positive multiple of the page size, 4096/],
      [{ mtu: 100 }, /MTU of 100 is not a whole number from 1280/],
      [{ mtu: 9500 }, /wire pair:.* takes 9216 bytes a frame, an MTU of 9500 needs 9514/],
      [{ mac: '02:00' }, /"02:00" is not a MAC address/],
    ];
    for (const [options, text] of cases) {
      const [wire] = wirePair();
      assert.throws(() => new MemoryServer({ ...base, wire, ...options }), text);
    }
  });

  it('leaks nothing over many lives of allocations', async () => {
    const world = new World({ servers: 1, capacity: 1 << 18 });
    const { client, server } = world;
    const sizes = [1, 4096, 5000, 16384, 65536];
    for (let round = 0; round < 60; round++) {
      const regions = await world.until(Promise.all(sizes.map((bytes) => client.alloc(bytes))));
      await world.until(
        Promise.all(regions.map((region) => client.write(region, new Uint8Array(100).fill(round)))),
      );
      await world.until(Promise.all(regions.reverse().map((region) => client.free(region))));
    }
    const { allocatedBytes, allocations, stagedWrites, committedBytes } = server.status;
    assert.deepEqual([allocatedBytes, allocations, stagedWrites], [0, 0, 0]);
    assert.ok(committedBytes <= 1 << 20);
    assert.deepEqual(await world.until(client.alloc(1 << 18)), { node: 0x101, pointer: 0n, length: 1 << 18 });
    assert.equal(client.path(0x101).open, 0);
  });
});
