import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Evictable, type EvictionPolicy } from './evictable.js';
import { EVICTIONS, type EvictionName, newPolicy } from './policy.js';

class Entry extends Evictable {
  constructor(readonly id: number) {
    super();
  }
}

/** What a policy is told, and asked: `victim` may not choose the entries in `pinned`. */
type Step =
  | { readonly what: 'add' | 'touch' | 'remove'; readonly id: number }
  | { readonly what: 'victim'; readonly pinned: readonly number[] };

const id = fc.nat({ max: 7 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('add' as const, 'touch' as const), id }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('touch' as const), id }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('remove' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('victim' as const), pinned: fc.array(id, { maxLength: 3 }) }),
  },
);

/** The same choices by plain arrays: no links, no hand, everything looked at anew each time. */
const MODELS: Record<EvictionName, () => Model> = {
  fifo: () => new OrderModel(() => {}),
  lru: () => new OrderModel((line, id) => line.push(...line.splice(line.indexOf(id), 1))),
  clock: () => new ClockModel(),
  lfu: () => new CountModel(),
};

interface Model {
  add(id: number): void;
  touch(id: number): void;
  remove(id: number): void;
  victim(pinned: readonly number[]): number | undefined;
}

class OrderModel implements Model {
  readonly line: number[] = [];

  constructor(private readonly used: (line: number[], id: number) => void) {}

  add(id: number): void {
    this.line.push(id);
  }

  touch(id: number): void {
    this.used(this.line, id);
  }

  remove(id: number): void {
    this.line.splice(this.line.indexOf(id), 1);
  }

  victim(pinned: readonly number[]): number | undefined {
    return this.line.find((id) => !pinned.includes(id));
  }
}

class ClockModel implements Model {
  /** From the hand on. */
  ring: { id: number; used: boolean }[] = [];

  add(id: number): void {
    this.ring.push({ id, used: false });
  }

  touch(id: number): void {
    this.ring.find((entry) => entry.id === id)!.used = true;
  }

  remove(id: number): void {
    this.ring = this.ring.filter((entry) => entry.id !== id);
  }

  victim(pinned: readonly number[]): number | undefined {
    for (let i = 0; i < 2 * this.ring.length; i++) {
      const [entry, ...others] = this.ring as [{ id: number; used: boolean }];
      if (!entry.used && !pinned.includes(entry.id)) return entry.id;
      this.ring = [...others, { id: entry.id, used: false }];
    }
    return undefined;
  }
}

class CountModel implements Model {
  time = 0;
  entries: { id: number; uses: number; at: number }[] = [];

  add(id: number): void {
    this.entries.push({ id, uses: 0, at: this.time++ });
  }

  touch(id: number): void {
    const entry = this.entries.find((entry) => entry.id === id)!;
    entry.uses = Math.min(255, entry.uses + 1);
    entry.at = this.time++;
  }

  remove(id: number): void {
    this.entries = this.entries.filter((entry) => entry.id !== id);
  }

  victim(pinned: readonly number[]): number | undefined {
    const free = this.entries.filter(({ id }) => !pinned.includes(id));
    return free.sort((a, b) => a.uses - b.uses || a.at - b.at)[0]?.id;
  }
}

/** What a policy chooses for these steps; adding twice and touching what is not there are left out. */
function play(
  steps: readonly Step[],
  model: Model,
  policy: EvictionPolicy,
): [chosen: (number | undefined)[], expected: (number | undefined)[]] {
  const present = new Map<number, Entry>();
  const chosen: (number | undefined)[] = [];
  const expected: (number | undefined)[] = [];
  for (const each of steps) {
    if (each.what === 'victim') {
      const found = policy.victim((entry) => !each.pinned.includes((entry as Entry).id));
      chosen.push((found as Entry | undefined)?.id);
      expected.push(model.victim(each.pinned));
      continue;
    }
    const { what, id } = each;
    const entry = present.get(id);
    if ((what === 'add') !== (entry === undefined)) continue;
    model[what](id);
    if (entry === undefined) {
      const added = new Entry(id);
      present.set(id, added);
      policy.add(added);
    } else if (what === 'touch') policy.touch(entry);
    else {
      policy.remove(entry);
      present.delete(id);
    }
  }
  return [chosen, expected];
}

/** Enough for any of them to wrap or to saturate. */
const MANY_USES = 300;

describe('eviction', () => {
  for (const name of EVICTIONS) {
    it(`${name}: chooses as its definition says, whatever is added, used, removed and pinned`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
          const [chosen, expected] = play(steps, MODELS[name](), newPolicy(name));
          assert.deepEqual(chosen, expected);
        }),
        { numRuns: 500 },
      );
    });

    it(`${name}: finds nobody among nobody, and nobody if none may go`, () => {
      const policy = newPolicy(name);
      assert.equal(
        policy.victim(() => true),
        undefined,
      );
      policy.add(new Entry(1));
      assert.equal(
        policy.victim(() => false),
        undefined,
      );
    });

    it(`${name}: takes any number of uses`, () => {
      const policy = newPolicy(name);
      const [often, once] = [new Entry(1), new Entry(2)];
      policy.add(often);
      for (let i = 0; i < MANY_USES; i++) policy.touch(often);
      policy.add(once);
      policy.touch(once);
      assert.ok(policy.victim(() => true));
    });
  }

  it('differs between the policies: what was used twice, long ago', () => {
    const choice = (name: EvictionName): number => {
      const policy = newPolicy(name);
      const entries = [1, 2, 3].map((id) => new Entry(id));
      const [first, second, third] = entries as [Entry, Entry, Entry];
      policy.add(first);
      policy.add(second);
      policy.touch(first);
      policy.touch(first);
      policy.add(third);
      policy.touch(second);
      policy.touch(third);
      return (policy.victim(() => true) as Entry).id;
    };
    assert.deepEqual(EVICTIONS.map(choice), [1, 1, 1, 2]); // all were used, so CLOCK comes round to the first
  });

  it('says which policies there are when it does not know one', () => {
    assert.throws(() => newPolicy('mru' as EvictionName), {
      name: 'RangeError',
      message: 'eviction mru is none of lru, clock, fifo, lfu',
    });
  });
});
