import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import { World } from '../testing/world.js';
import { Volume, type VolumeMemory } from './volume.js';

const PAGE = 4096;
const EXTENT = 4 * PAGE;

/** Remote memory of a client that has no fabric to choose servers: they take turns. */
function inTurn(client: MemoryClient, nodes: readonly number[]): VolumeMemory {
  let turn = 0;
  return {
    pageSize: client.pageSize,
    alloc: (bytes, options) => client.alloc(bytes, { ...options, node: nodes[turn++ % nodes.length] }),
    read: (...args) => client.read(...args),
    write: (...args) => client.write(...args),
    trim: (...args) => client.trim(...args),
    free: (...args) => client.free(...args),
  };
}

function rig(
  options: { size?: number; servers?: number; capacity?: number; over?: Partial<VolumeMemory> } = {},
) {
  const { size = 10 * EXTENT + 5000, servers = 2, capacity } = options;
  const world = new World({ servers, capacity });
  const memory = inTurn(
    world.client,
    world.servers.map((_, i) => 0x101 + i),
  );
  const volume = new Volume({ memory: { ...memory, ...options.over }, size, extent: EXTENT, parallel: 3 });
  const read = async (offset: number, length: number): Promise<Buffer> => {
    const into = Buffer.alloc(length, 0xee);
    await world.until(volume.read(offset, into));
    return into;
  };
  return { world, memory, volume, read, until: <T>(promise: Promise<T>) => world.until(promise) };
}

describe('a volume on remote memory', () => {
  it('has no memory before something is written, and reads zero', async () => {
    const { world, volume, read } = rig();
    assert.deepEqual(await read(100, 3 * EXTENT), Buffer.alloc(3 * EXTENT));
    assert.equal(world.allocatedBytes(), 0);
    assert.deepEqual(
      [...volume.segments(0, volume.size)],
      [{ offset: 0, length: volume.size, isHole: true }],
    );
  });

  it('allocates the extents that are written to, on several servers, and tells them from holes', async () => {
    const { world, volume, read, until } = rig();
    const bytes = Buffer.alloc(EXTENT, 7);
    await until(volume.write(2 * EXTENT - 1, bytes));
    assert.equal(world.allocatedBytes(), 2 * EXTENT);
    assert.deepEqual(
      world.servers.map(({ status }) => status.allocatedBytes),
      [EXTENT, EXTENT],
    );
    assert.deepEqual(
      [...volume.segments(0, 5 * EXTENT)],
      [
        { offset: 0, length: EXTENT, isHole: true },
        { offset: EXTENT, length: 2 * EXTENT, isHole: false },
        { offset: 3 * EXTENT, length: 2 * EXTENT, isHole: true },
      ],
    );
    assert.deepEqual(await read(2 * EXTENT - 1, EXTENT), bytes);
    assert.equal((await read(2 * EXTENT - 2, 1))[0], 0);
  });

  it('allocates an extent once, however many writes come for it at once', async () => {
    const { world, volume, read, until } = rig();
    const writes = Array.from({ length: 50 }, (_, i) => volume.write(i * 100, Buffer.alloc(100, i + 1)));
    await until(Promise.all(writes));
    assert.equal(world.allocatedBytes(), EXTENT);
    const all = await read(0, 5000);
    assert.ok(writes.every((_, i) => all[i * 100] === i + 1 && all[i * 100 + 99] === i + 1));
  });

  it('gives back extents that are zeroed whole, the short one at the end too', async () => {
    const { world, volume, read, until } = rig();
    await until(volume.write(0, Buffer.alloc(volume.size, 9)));
    const full = world.allocatedBytes();
    await until(volume.zero(EXTENT + 1, 3 * EXTENT));
    assert.equal(full - world.allocatedBytes(), 2 * EXTENT);
    const edges = await read(EXTENT, 3 * EXTENT + 2);
    assert.deepEqual([edges[0], edges[1], edges[3 * EXTENT], edges[3 * EXTENT + 1]], [9, 0, 0, 9]);
    assert.ok(edges.subarray(1, -1).every((byte) => byte === 0));
    await until(volume.zero(0, volume.size));
    assert.equal(world.allocatedBytes(), 0);
  });

  it('keeps the memory where it is asked to, and asks for what is not there', async () => {
    const { world, volume, read, until } = rig();
    await until(volume.write(0, Buffer.alloc(EXTENT, 9)));
    await until(volume.zero(0, 2 * EXTENT, { keepAllocated: true }));
    assert.equal(world.allocatedBytes(), 2 * EXTENT);
    assert.deepEqual(await read(0, 2 * EXTENT), Buffer.alloc(2 * EXTENT));
  });

  it('frees everything when it is closed, after what is under way, and then refuses', async () => {
    const { world, volume, until } = rig();
    const write = volume.write(0, Buffer.alloc(6 * EXTENT, 1));
    const closed = volume.close();
    await until(write);
    assert.deepEqual(await until(closed), { freed: 6 * EXTENT, left: 0 });
    assert.equal(world.allocatedBytes(), 0);
    await assert.rejects(volume.write(0, Buffer.alloc(1)), { code: 'DISK_CLOSED' });
    await assert.rejects(volume.read(0, Buffer.alloc(1)), { code: 'DISK_CLOSED' });
  });

  it('says NO_SPACE when no server has room, keeps what was there, and goes on when there is room again', async () => {
    const { world, volume, read, until } = rig({ servers: 1, capacity: 4 * EXTENT });
    await until(volume.write(0, Buffer.alloc(4 * EXTENT, 5)));
    await assert.rejects(until(volume.write(4 * EXTENT - 1, Buffer.alloc(2, 6))), { code: 'NO_SPACE' });
    assert.equal((await read(0, 1))[0], 5);
    assert.deepEqual(await read(4 * EXTENT, 10), Buffer.alloc(10));
    await until(volume.zero(0, EXTENT));
    await until(volume.write(4 * EXTENT, Buffer.alloc(1, 6)));
    assert.equal((await read(4 * EXTENT, 1))[0], 6);
    await until(volume.close());
    assert.equal(world.allocatedBytes(), 0);
  });

  it('is not told that a write is done before the servers have it', async () => {
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { memory, volume, until, world } = rig({
      over: {
        write: async (...args) => {
          await memory.write(...args);
          await answered;
        },
      },
    });
    let isDone = false;
    const write = volume.write(0, Buffer.alloc(10, 1)).then(() => {
      isDone = true;
    });
    // Time goes on: everything that is on its way arrives.
    await until(memory.read({ node: 0x101, pointer: 0n }, 10));
    assert.equal(isDone, false);
    answer();
    await until(write);
    await until(volume.flush());
    assert.ok(world.allocatedBytes() >= EXTENT);
  });

  it('does not free an extent under a request that is using it', async () => {
    const order: string[] = [];
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { memory, volume, read, until } = rig({
      over: {
        write: async (...args) => {
          await answered;
          await memory.write(...args);
          order.push('written');
        },
        free: async (...args) => {
          order.push('freed');
          return memory.free(...args);
        },
      },
    });
    await until(volume.zero(0, EXTENT, { keepAllocated: true }));
    const write = volume.write(0, Buffer.alloc(10, 1));
    const zero = volume.zero(0, EXTENT);
    answer();
    await until(Promise.all([write, zero]));
    assert.deepEqual(order, ['written', 'freed']);
    assert.deepEqual(await read(0, 10), Buffer.alloc(10));
  });

  for (const [refusals, outcome] of [
    [1, { freed: 2 * EXTENT, left: 0 }],
    [2, { freed: EXTENT, left: EXTENT }],
  ] as const) {
    it(`tries again at the end to free what could not be freed: ${refusals} refusals leave ${outcome.left} bytes`, async () => {
      let left = refusals as number;
      const { memory, volume, until, world } = rig({
        over: {
          free: async (...args) => {
            if (left-- > 0) throw new MemoryError('TIMEOUT', 'no answer');
            return memory.free(...args);
          },
        },
      });
      await until(volume.write(0, Buffer.alloc(2 * EXTENT, 1)));
      await until(volume.zero(0, EXTENT));
      assert.deepEqual(await until(volume.close()), outcome);
      assert.equal(world.allocatedBytes(), outcome.left);
    });
  }

  it('refuses ranges outside, and sizes that cannot be', async () => {
    const { volume, memory } = rig();
    for (const [offset, length] of [
      [-1, 1],
      [volume.size, 1],
      [0, volume.size + 1],
    ] as const) {
      await assert.rejects(volume.read(offset, Buffer.alloc(length)), { code: 'BAD_ARGUMENT' });
      await assert.rejects(volume.write(offset, Buffer.alloc(length)), { code: 'BAD_ARGUMENT' });
      await assert.rejects(volume.zero(offset, length), { code: 'BAD_ARGUMENT' });
    }
    for (const size of [0, -1, 1.5, 2 ** 53]) {
      assert.throws(() => new Volume({ memory, size }), { code: 'BAD_ARGUMENT' });
    }
    for (const extent of [0, 2048, 3 * PAGE, 2 ** 32]) {
      assert.throws(() => new Volume({ memory, size: 1, extent }), /power of two from a page, 4096 bytes/);
    }
  });

  it('is an array of bytes, whatever is done to it in whatever order', async () => {
    const size = 5 * EXTENT + 777;
    const range = fc.tuple(fc.nat(size - 1), fc.integer({ min: 1, max: 2 * EXTENT + 99 }));
    const step = fc.record({
      kind: fc.constantFrom('write', 'write', 'read', 'zero', 'keep', 'extent'),
      range,
      byte: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { world, volume, read, until } = rig({ size });
        const model = Buffer.alloc(size);
        for (const { kind, range, byte } of steps) {
          const isExtent = kind === 'extent';
          const offset = isExtent ? Math.floor(range[0] / EXTENT) * EXTENT : range[0];
          const length = Math.min(isExtent ? EXTENT : range[1], size - offset);
          if (kind === 'write') {
            const content = Buffer.from(Uint8Array.from({ length }, (_, i) => byte + i));
            await until(volume.write(offset, content));
            content.copy(model, offset);
          } else if (kind === 'read') {
            assert.ok(model.subarray(offset, offset + length).equals(await read(offset, length)));
          } else {
            await until(volume.zero(offset, length, { keepAllocated: kind === 'keep' }));
            model.fill(0, offset, offset + length);
          }
        }
        assert.ok(model.equals(await read(0, size)));
        const segments = [...volume.segments(0, size)];
        assert.equal(
          segments.reduce((end, segment) => (segment.offset === end ? end + segment.length : Number.NaN), 0),
          size,
        );
        for (const { offset, length, isHole } of segments) {
          if (isHole) assert.ok(model.subarray(offset, offset + length).every((byte) => byte === 0));
        }
        assert.equal(volume.status.allocatedBytes, world.allocatedBytes());
        await until(volume.close());
        assert.equal(world.allocatedBytes(), 0);
      }),
      { numRuns: 40 },
    );
  });
});
