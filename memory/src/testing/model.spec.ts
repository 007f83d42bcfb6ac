import assert from 'node:assert/strict';
import { type ImpairedWire, impair, seededRandom, type Wire } from 'ethernet-wire';
import fc from 'fast-check';
import type { MemoryClient } from '../client/client.js';
import type { Region } from '../client/options.js';
import type { SimTime } from './sim.js';
import { World } from './world.js';

/*
 * Two clients do what they like to memory of three servers, over a network that loses, doubles and reorders. A map of byte
 * arrays in this process is the truth. Each client works on pages of its own concurrently; a page that both write is
 * written whole with one value, and every read of it must see one value that somebody wrote: never two (a torn page),
 * never one that an earlier, acknowledged write of the same client had replaced (an operation done twice).
 */
const PAGE = 4096;

const anyOp = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('alloc' as const), pages: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('free' as const), which: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      which: fc.nat(),
      at: fc.nat(),
      length: fc.nat(9000),
      fill: fc.nat(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      which: fc.nat(),
      at: fc.nat(),
      length: fc.nat(9000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('trim' as const),
      which: fc.nat(),
      at: fc.nat(),
      length: fc.nat(5000),
    }),
  },
);
type AnyOp = typeof anyOp extends fc.Arbitrary<infer T> ? T : never;

const anyNetwork = fc.record({
  loss: fc.constantFrom(0, 0.02, 0.1, 0.25),
  duplicate: fc.constantFrom(0, 0.1, 0.5),
  delay: fc.constantFrom(0.05, 1),
  spread: fc.constantFrom(0, 0.5, 30),
});

/** One client's own memory and what should be in it. */
class Owner {
  readonly held: { region: Region; bytes: Uint8Array }[] = [];

  constructor(private readonly client: MemoryClient) {}

  async perform(op: AnyOp): Promise<void> {
    if (op.kind === 'alloc') {
      const region = await this.client.alloc(op.pages * PAGE);
      assert.deepEqual(
        await this.client.read(region, region.length),
        new Uint8Array(region.length),
        'new memory is zero',
      );
      this.held.push({ region, bytes: new Uint8Array(region.length) });
      return;
    }
    const held = this.held[op.which % Math.max(1, this.held.length)];
    if (held === undefined) return;
    const { region, bytes } = held;
    if (op.kind === 'free') {
      this.held.splice(this.held.indexOf(held), 1);
      assert.equal(await this.client.free(region), region.length);
      return;
    }
    const at = op.at % region.length;
    const length = Math.min(op.length, region.length - at);
    const address = { node: region.node, pointer: region.pointer + BigInt(at) };
    if (op.kind === 'write') {
      const data = Uint8Array.from({ length }, (_, i) => (op.fill + i * 13 + (i >> 8)) & 0xff);
      bytes.set(data, at);
      await this.client.write(address, data);
      data.fill(0xee); // it was copied: what the caller does now is no matter
    } else if (op.kind === 'trim') {
      bytes.fill(0, at, at + length);
      await this.client.trim(address, length);
    } else {
      assert.deepEqual(await this.client.read(address, length), bytes.slice(at, at + length));
    }
  }
}

/** Both do what they want at once, then everything they hold is compared with the model, and freed. */
async function liveAndCompare(world: World, lives: AnyOp[][]): Promise<void> {
  const live = async (ops: AnyOp[], i: number) => {
    const client = world.clients[i]!;
    const owner = new Owner(client);
    for (const op of ops) await owner.perform(op);
    for (const { region, bytes } of owner.held) {
      assert.deepEqual(await client.read(region, region.length), bytes);
    }
    while (owner.held.length > 0) await owner.perform({ kind: 'free', which: 0 });
  };
  await world.until(Promise.all(lives.map(live)));
  await world.time.pass(1000);
  assert.equal(world.allocatedBytes(), 0);
  for (const server of world.servers) assert.equal(server.counters.nacks.STALE, undefined);
}

const lives = fc.tuple(fc.array(anyOp, { maxLength: 25 }), fc.array(anyOp, { maxLength: 25 }));
const patient = { servers: 3, clients: 2, capacity: 1 << 22, client: { timeout: 120_000, maxAttempts: 100 } };

describe('memory over a bad network, against a model', () => {
  it('gives every client the bytes it wrote, and leaks nothing', async () => {
    await fc.assert(
      fc.asyncProperty(lives, anyNetwork, fc.nat(), async (both, impairments, seed) => {
        await liveAndCompare(new World({ ...patient, seed, impairments }), both);
      }),
      { numRuns: 40 },
    );
  });

  it('does so on wires that flip bits, too', async () => {
    const anyWire = fc.record({
      corrupt: fc.constantFrom(0.01, 0.2),
      loss: fc.constantFrom(0, 0.1),
      duplicate: fc.constantFrom(0, 0.2),
      reorder: fc.constantFrom(0, 0.3),
      reorderMs: fc.constantFrom(1, 40),
    });
    let corrupted = 0;
    let noticed = 0;
    await fc.assert(
      fc.asyncProperty(lives, anyWire, fc.nat(), async (both, impairments, seed) => {
        const wires: ImpairedWire[] = [];
        const wrap = (wire: Wire, time: SimTime): Wire => {
          const clock = {
            now: time.clock,
            setTimeout: (run: () => void, milliseconds: number) => time.setTimeout(run, milliseconds),
            clearTimeout: (timer: unknown) => time.clearTimeout(timer),
          };
          wires.push(impair(wire, { ...impairments, clock, random: seededRandom(seed + wires.length) }));
          return wires.at(-1)!;
        };
        const world = new World({ ...patient, seed, wrap });
        await liveAndCompare(world, both);
        for (const wire of wires) corrupted += wire.impairments.corrupted;
        for (const { counters } of [...world.clients, ...world.servers]) {
          noticed += counters.defects.BAD_CHECKSUM;
        }
      }),
      { numRuns: 30 },
    );
    assert.ok(noticed > 0 && noticed <= corrupted, `${corrupted} frames corrupted, ${noticed} noticed`);
  });

  it('never shows a torn page, nor an older value to the one that replaced it', async () => {
    await fc.assert(
      fc.asyncProperty(anyNetwork, fc.nat(), async (impairments, seed) => {
        const client = { timeout: 120_000, maxAttempts: 100 };
        const world = new World({ clients: 2, seed, impairments, client });
        const [writer, reader] = world.clients as [MemoryClient, MemoryClient];
        const page = await world.until(writer.alloc(PAGE));
        let acknowledged = 0;
        let begun = 0;
        const writing = async () => {
          for (begun = 1; begun <= 25; begun++) {
            await writer.write(page, new Uint8Array(PAGE).fill(begun));
            acknowledged = begun;
          }
        };
        const reading = async () => {
          for (let i = 0; i < 25; i++) {
            const from = acknowledged;
            const seen = new Set(await reader.read(page, PAGE));
            assert.equal(seen.size, 1, `a torn page: ${[...seen]}`);
            const [value] = seen;
            assert.ok(
              value! >= from && value! <= begun,
              `saw ${value}, acknowledged ${from}, begun ${begun}`,
            );
          }
        };
        await world.until(Promise.all([writing(), reading()]));
      }),
      { numRuns: 40 },
    );
  });
});
