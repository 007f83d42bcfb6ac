import assert from 'node:assert/strict';
import { seededRandom } from 'ethernet-wire';
import fc from 'fast-check';
import { EVICTIONS } from '../cache/policy.js';
import { CoherentWorld } from '../testing/coherent-world.js';
import { Counting } from '../testing/counting.js';
import type { Impairments } from '../testing/sim.js';
import type { CoherentClient } from './client.js';

const PAGE = 4096;
const PAGES = 4;

interface Run {
  readonly seed: number;
  readonly impairments: Impairments;
  readonly clients: number;
  readonly steps: number;
  readonly crashes: number;
  readonly acknowledge: 'cache' | 'home';
  readonly cachePages: number;
}

/** Clients add to and read counters in pages that they fight for. @returns the world and what they saw, by page */
async function play(run: Run): Promise<{ world: CoherentWorld; counting: Counting[] }> {
  const random = seededRandom(run.seed);
  const world = new CoherentWorld({
    ...{ seed: run.seed, clients: run.clients, impairments: run.impairments },
    client: {
      ...{ timeout: 60_000, maxAttempts: 1000, acknowledge: run.acknowledge, cachePages: run.cachePages },
      ...{ eviction: EVICTIONS[run.seed % EVICTIONS.length] },
    },
    server: { directory: { lease: 500, margin: 50 } },
  });
  const memory = await world.until(world.clients[0]!.alloc(PAGES * PAGE));
  const counting = Array.from({ length: PAGES }, () => new Counting());
  const one = async (client: () => CoherentClient): Promise<void> => {
    const page = Math.floor(random() * PAGES);
    const at = { node: memory.node, pointer: memory.pointer + BigInt(page * PAGE) };
    const read = async (): Promise<bigint> => {
      const bytes = await client().read(at, 8);
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
    };
    if (random() < 0.5) await counting[page]!.add(() => client().fetchAdd(at, 1n));
    else await counting[page]!.read(read);
  };
  const life = async (i: number, steps: number): Promise<void> => {
    const client = world.clients[i]!;
    for (let step = 0; step < steps; step++) {
      // Two at once, now and then.
      await Promise.all(random() < 0.3 ? [one(() => client), one(() => client)] : [one(() => client)]);
    }
  };
  const living = Array.from({ length: run.clients }, async (_, i) => {
    // The first of them crash in the middle of something; a new life goes on.
    if (i >= run.crashes) return life(i, run.steps);
    await life(i, Math.floor(run.steps / 2));
    void one(() => world.clients[i]!).catch(() => {});
    await new Promise<void>((resolve) => world.time.setTimeout(resolve, random()));
    world.restart(i);
    await life(i, Math.floor(run.steps / 2));
  });
  await world.until(Promise.all(living));
  return { world, counting };
}

const impairments = fc.record({
  loss: fc.constantFrom(0, 0.05, 0.2),
  duplicate: fc.constantFrom(0, 0.02, 0.2),
  delay: fc.constant(0.05),
  spread: fc.constantFrom(0, 0.2, 3),
});

describe('coherence: linearizable whatever the fabric does', function () {
  this.timeout(120_000);

  it('loss, duplication, reordering, eviction, several accesses at once', async () => {
    let operations = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          impairments,
          clients: fc.integer({ min: 2, max: 5 }),
          acknowledge: fc.constantFrom('cache' as const, 'home' as const),
          cachePages: fc.constantFrom(0, 2, 100),
        }),
        async (given) => {
          const { counting } = await play({ ...given, steps: 25, crashes: 0 });
          for (const each of counting) {
            each.check();
            operations += each.length;
          }
        },
      ),
      { numRuns: 40 },
    );
    assert.ok(operations > 2000);
  });

  it('clients that crash: what they were told is on the home is not lost, and others go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(),
          impairments,
          clients: fc.integer({ min: 2, max: 5 }),
          crashes: fc.integer({ min: 1, max: 2 }),
        }),
        async (given) => {
          const { counting } = await play({ ...given, steps: 16, acknowledge: 'home', cachePages: 100 });
          for (const each of counting) each.check();
        },
      ),
      { numRuns: 40 },
    );
  });
});
