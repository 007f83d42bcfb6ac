import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MemoryClient } from '../client/client.js';
import type { Region } from '../client/options.js';
import { macOf } from '../testing/sim.js';
import { World, type WorldOptions } from '../testing/world.js';
import { ANYCAST_NODE } from '../wire/index.js';
import { abandonMove, copyRange, forgetRange, isGone, type MoveEnds, serveRange } from './move.js';
import { MoveOrders } from './orders.js';

const PAGE = 4096;
const patient = { timeout: 120_000, maxAttempts: 100 };

/** A world with something that does what the controller does. */
class MovingWorld extends World {
  readonly orders = new MoveOrders(1n);
  readonly #homes = new Map<string, number>();
  readonly #toServers: MemoryClient[];

  constructor(options: WorldOptions = {}) {
    super({ servers: 3, clients: 2, client: patient, ...options });
    this.fabric.homeOf = (node, offset) => {
      for (const [key, home] of this.#homes) {
        const [of, start, length] = key.split('/').map(Number) as [number, number, number];
        if (of === node && offset >= start && offset < start + length) return home;
      }
      return node;
    };
    const { clock } = this.time;
    this.#toServers = this.servers.map(({ node }) => {
      const mac = macOf(0xf000 + node);
      const wire = this.fabric.plug(mac);
      const gatewayMac = macOf(node);
      return new MemoryClient({
        node: ANYCAST_NODE,
        mac,
        gatewayMac,
        wire,
        clock,
        timers: this.time,
        ...patient,
      });
    });
  }

  homeOf = ({ node, pointer }: Region): number => this.fabric.homeOf(node, Number(pointer));

  ends(from: number, to: number, orders = this.orders): MoveEnds {
    return { source: this.#toServers[from - 0x101]!, target: this.#toServers[to - 0x101]!, orders };
  }

  flip({ node, pointer, length }: Region, to: number): void {
    this.#homes.set(`${node}/${pointer}/${length}`, to);
  }

  async move(region: Region, to: number): Promise<void> {
    const ends = this.ends(this.homeOf(region), to);
    await copyRange(ends, region, { freezeBelow: 2 });
    this.flip(region, to);
    await serveRange(ends, region);
  }
}

describe('moving memory to another server', () => {
  it('takes all bytes along, frees them at the source, and goes back home again', async () => {
    const world = new MovingWorld({ capacity: 1 << 22 });
    const { client } = world;
    const region = await world.until(client.alloc(300 * PAGE, { node: 0x101 }));
    const bytes = Uint8Array.from({ length: region.length }, (_, i) => (i * 7 + (i >> 12)) & 0xff);
    await world.until(client.write(region, bytes));
    for (const to of [0x102, 0x103, 0x101]) {
      await world.until(world.move(region, to));
      assert.deepEqual(await world.until(client.read(region, region.length)), bytes);
      const [, m2, m3] = world.servers.map((server) => server.status.guestBytes);
      assert.deepEqual([m2, m3], [to === 0x102 ? region.length : 0, to === 0x103 ? region.length : 0]);
    }
    assert.equal(await world.until(client.free(region)), region.length);
    assert.equal(world.allocatedBytes(), 0);
  });

  it('is freed where it lives; its own server has the addresses again when it is told', async () => {
    const world = new MovingWorld();
    const { client } = world;
    const region = await world.until(client.alloc(PAGE, { node: 0x101 }));
    await world.until(client.write(region, new Uint8Array(PAGE).fill(1)));
    await world.until(world.move(region, 0x102));
    assert.equal(await world.until(client.free(region)), PAGE);
    assert.deepEqual([world.servers[1]!.status.guestAllocations, world.server.status.allocations], [0, 1]);
    world.flip(region, 0x101);
    await world.until(forgetRange(world.ends(0x101, 0x102).source, world.orders, region));
    const again = await world.until(client.alloc(PAGE, { node: 0x101 }));
    assert.equal(again.pointer, region.pointer);
    assert.deepEqual(await world.until(client.read(again, PAGE)), new Uint8Array(PAGE));
  });

  it('copies only what was ever written, and again what changed meanwhile', async () => {
    const world = new MovingWorld({ capacity: 1 << 30 });
    const { client } = world;
    const region = await world.until(client.alloc(1 << 30, { node: 0x101 }));
    await world.until(
      client.write({ ...region, pointer: region.pointer + (1n << 29n) }, new Uint8Array(10).fill(5)),
    );
    const report = await world.until(copyRange(world.ends(0x101, 0x102), region));
    assert.equal(report.pages, 256); // the piece of memory that the page is in
  });

  it('refuses where there is no room, and then goes on as before', async () => {
    const world = new MovingWorld();
    const { client } = world;
    const region = await world.until(client.alloc(1 << 19, { node: 0x101 }));
    await world.until(client.alloc(1 << 20, { node: 0x102 }));
    const ends = world.ends(0x101, 0x102);
    await assert.rejects(world.until(copyRange(ends, region)), /no free range of that size/);
    await world.until(abandonMove(ends, region));
    await world.until(client.write(region, new Uint8Array(PAGE).fill(3)));
    // A guest takes room that is not given to others.
    await world.until(world.move(region, 0x103));
    await assert.rejects(world.until(client.alloc(1 << 20, { node: 0x103 })), /no free range of that size/);
  });

  it('tells one who frees it before it is frozen, and one who moves it that it is gone', async () => {
    const world = new MovingWorld();
    const { client } = world;
    const region = await world.until(client.alloc(4 * PAGE, { node: 0x101 }));
    await world.until(client.write(region, new Uint8Array(4 * PAGE).fill(1)));
    const ends = world.ends(0x101, 0x102);
    const moving = copyRange(ends, region).then(
      () => 'moved',
      (error: unknown) =>
        isGone(error) || /BAD_OPERATION|OUT_OF_BOUNDS/.test(String(error)) ? 'gone' : error,
    );
    const [outcome, freed] = await world.until(Promise.all([moving, client.free(region)]));
    assert.deepEqual([outcome, freed], ['gone', 4 * PAGE]);
    await world.until(abandonMove(ends, region));
    assert.equal(world.servers[1]!.status.guestAllocations, 0);
  });

  it('is begun anew by a controller that came after one that died, wherever that was', async () => {
    for (const diesAt of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const world = new MovingWorld();
      const { client } = world;
      const region = await world.until(client.alloc(4 * PAGE, { node: 0x101 }));
      await world.until(client.write(region, new Uint8Array(4 * PAGE).fill(7)));
      const dying = new AbortController();
      let steps = 0;
      const orders = new (class extends MoveOrders {
        override next() {
          if (++steps === diesAt) dying.abort();
          return super.next();
        }
      })(1n);
      const first = copyRange(world.ends(0x101, 0x102, orders), region, { signal: dying.signal });
      await world.until(first.catch(() => {}));
      const ends = world.ends(0x101, 0x102, new MoveOrders(2n));
      await world.until(copyRange(ends, region));
      world.flip(region, 0x102);
      await world.until(serveRange(ends, region));
      await world.until(serveRange(ends, region));
      assert.deepEqual(await world.until(client.read(region, 10)), new Uint8Array(10).fill(7));
      await world.until(client.write(region, new Uint8Array(10).fill(8)));
    }
  });

  it('takes along what was answered: a WRITE whose answer was lost does not take effect again', async () => {
    const world = new MovingWorld();
    const [alice, bob] = world.clients as [MemoryClient, MemoryClient];
    const region = await world.until(alice.alloc(PAGE, { node: 0x101 }));
    world.fabric.onReply = (answer) => answer.client !== alice.node;
    const unheard = alice.write(region, new Uint8Array(PAGE).fill(1));
    await world.time.pass(1);
    await world.until(bob.write(region, new Uint8Array(PAGE).fill(2)));
    await world.until(world.move(region, 0x102));
    world.fabric.onReply = () => true;
    await world.until(unheard);
    assert.deepEqual(await world.until(bob.read(region, 1)), Uint8Array.of(2));
    assert.ok(world.servers[1]!.counters.repeated > 0);
  });

  it('is not for clients', async () => {
    const world = new MovingWorld();
    const region = await world.until(world.client.alloc(PAGE, { node: 0x101 }));
    const asked = world.client.move(region, 1, new Uint8Array(12));
    await assert.rejects(world.until(asked), /BAD_OPERATION|may not ask/);
  });

  it('never shows a torn page, loses or repeats a write, whatever the network does', async () => {
    const networks = fc.record({
      loss: fc.constantFrom(0, 0.02, 0.1),
      duplicate: fc.constantFrom(0, 0.1, 0.5),
      delay: fc.constantFrom(0.05, 1),
      spread: fc.constantFrom(0, 0.5, 30),
    });
    await fc.assert(
      fc.asyncProperty(networks, fc.nat(), async (impairments, seed) => {
        const world = new MovingWorld({ seed, impairments });
        const [writer, reader] = world.clients as [MemoryClient, MemoryClient];
        const region = await world.until(writer.alloc(2 * PAGE, { node: 0x101 }));
        let acknowledged = 0;
        let begun = 0;
        let moving = true;
        const writing = async () => {
          for (begun = 1; moving || begun < 20; begun++) {
            await writer.write(region, new Uint8Array(PAGE).fill(begun & 0xff));
            acknowledged = begun;
          }
        };
        const reading = async () => {
          while (moving) {
            const from = acknowledged;
            const seen = new Set(await reader.read(region, PAGE));
            assert.equal(seen.size, 1, `a torn page: ${[...seen]}`);
            const ahead = ([...seen][0]! - from) & 0xff;
            assert.ok(ahead <= begun - from, `saw ${[...seen]}, acknowledged ${from}, begun ${begun}`);
          }
        };
        const mover = async () => {
          for (const to of [0x102, 0x103, 0x101, 0x102]) await world.move(region, to);
          moving = false;
        };
        await world.until(Promise.all([writing(), reading(), mover()]));
        assert.deepEqual(
          new Set(await world.until(writer.read(region, PAGE))),
          new Set([acknowledged & 0xff]),
        );
      }),
      { numRuns: 40 },
    );
  }).timeout(60_000);
});
