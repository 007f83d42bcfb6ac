import assert from 'node:assert/strict';
import { seededRandom } from 'ethernet-wire';
import fc from 'fast-check';
import { checkHistory } from './linearizable.js';
import { after, type Operation, type Step } from './operation.js';

const NEVER = Number.POSITIVE_INFINITY;

/** `client began..ended step`, one register. */
function history(...lines: [client: number, began: number, ended: number, step: Step][]): Operation[] {
  return lines.map(([client, began, ended, step]) => ({ register: 0, client, began, ended, step }));
}
const write = (value: number): Step => ({ kind: 'write', value });
const read = (value: number): Step => ({ kind: 'read', value });
const add = (delta: number, before: number): Step => ({ kind: 'add', delta, before });
const cas = (expected: number, desired: number, before: number): Step => ({
  kind: 'cas',
  expected,
  desired,
  before,
});

function refuses(operations: Operation[], at: number): void {
  const { violations } = checkHistory(operations);
  assert.equal(violations.length, 1, 'the history passed');
  assert.equal(violations[0]!.operation, operations[at]);
}
const passes = (operations: Operation[]): void => assert.deepEqual(checkHistory(operations).violations, []);

describe('history: known bad ones', () => {
  it('a stale read', () => {
    refuses(history([1, 0, 1, write(7)], [2, 2, 3, read(7)], [3, 4, 5, read(0)]), 2);
  });

  it('a lost update: two additions that saw the same value', () => {
    refuses(history([1, 0, 5, add(1, 0)], [2, 1, 6, add(1, 0)]), 1);
  });

  it('two compare-and-swaps that both won', () => {
    refuses(history([1, 0, 5, cas(0, 1, 0)], [2, 1, 6, cas(0, 2, 0)]), 1);
  });

  it('a split brain: each reader sees the writer on its own side', () => {
    const operations = history(
      [1, 0, 1, write(1)],
      [2, 0, 1, write(2)],
      [3, 2, 3, read(1)],
      [4, 2, 3, read(2)],
      [3, 4, 5, read(1)],
      [4, 4, 5, read(2)],
    );
    assert.equal(checkHistory(operations).violations.length, 1);
  });

  it('a value out of thin air', () => {
    refuses(history([1, 0, 1, write(1)], [2, 2, 3, read(9)]), 1);
  });

  it('a value from the future', () => {
    refuses(history([2, 0, 1, read(1)], [1, 2, 3, write(1)]), 0);
  });

  it('new-old inversion: of two reads one after the other during a write, the later one sees less', () => {
    refuses(history([1, 0, 9, write(1)], [2, 1, 2, read(1)], [3, 3, 4, read(0)]), 2);
  });

  it('an acknowledged write lost', () => {
    refuses(history([1, 0, 1, write(1)], [1, 2, 3, write(2)], [2, 90, 91, read(1)]), 2);
  });

  it('a write of a dead client that took effect, and then did not', () => {
    refuses(history([1, 0, NEVER, write(1)], [2, 1, 2, read(1)], [2, 3, 4, read(0)]), 2);
  });

  it('a write that took effect twice', () => {
    refuses(history([1, 0, 1, write(1)], [2, 2, 3, write(2)], [3, 4, 5, read(2)], [3, 6, 7, read(1)]), 3);
  });

  it('says which register, what it could have held, and what was going on', () => {
    const good = { register: 1, client: 1, began: 0, ended: 1, step: write(5) };
    const [violation] = checkHistory([good, ...history([1, 0, 1, write(1)], [2, 2, 3, read(9)])]).violations;
    assert.equal(violation!.register, 0);
    assert.deepEqual(violation!.possible, [1]);
    assert.equal(violation!.around.length, 2);
  });
});

describe('history: good ones', () => {
  it('concurrent reads on either side of a write', () => {
    passes(history([1, 0, 9, write(1)], [2, 1, 2, read(0)], [3, 3, 4, read(1)]));
  });

  it('a write of a dead client takes effect, early, late or never', () => {
    passes(history([1, 0, NEVER, write(1)], [2, 1, 2, read(1)]));
    passes(history([1, 0, NEVER, write(1)], [2, 1, 2, read(0)], [2, 500, 501, read(1)]));
    passes(history([1, 0, NEVER, write(1)], [2, 1, 2, write(2)], [2, 500, 501, read(2)]));
  });

  it('an addition of a dead client counts once', () => {
    passes(history([1, 0, NEVER, add(1, 0)], [2, 1, 2, add(1, 1)], [2, 3, 4, read(2)]));
  });

  it('a beginning and an end at the same moment overlap', () => {
    passes(history([1, 0, 1, write(1)], [2, 1, 2, read(0)]));
  });

  it('registers do not know each other', () => {
    const other = { register: 1, client: 2, began: 2, ended: 3, step: read(0) };
    passes([...history([1, 0, 1, write(1)]), other]);
  });
});

describe('history: random ones', function () {
  this.timeout(60_000);

  const runs = fc.record({
    seed: fc.nat(),
    clients: fc.integer({ min: 1, max: 8 }),
    dead: fc.integer({ min: 0, max: 3 }),
  });

  it('what one register really did passes, whoever died meanwhile', () => {
    fc.assert(
      fc.property(runs, ({ seed, clients, dead }) => passes(play(seed, clients, 80, dead))),
      { numRuns: 100 },
    );
  });

  it('agrees with trying all orders of short histories', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = seededRandom(seed);
        const operations = play(seed, 3, 6, 1);
        const spoilt = operations.map((operation) =>
          random() < 0.2 ? { ...operation, step: spoil(operation.step, random) } : operation,
        );
        const found = checkHistory(spoilt).violations.length === 0;
        if (!found) refused++;
        assert.equal(found, anyOrder(spoilt, 0));
      }),
      { numRuns: 500 },
    );
    assert.ok(refused > 50);
  });

  it('200,000 operations of 8 clients on 16 registers', () => {
    const operations: Operation[] = [];
    for (let register = 0; register < 16; register++) {
      operations.push(...play(register, 8, 12_500, 3).map((o) => ({ ...o, register })));
    }
    const verdict = checkHistory(operations);
    assert.equal(verdict.operations, 200_000);
    assert.deepEqual(verdict.violations, []);
  });

  it('one too concurrent to decide is refused in words', () => {
    const adds = Array.from({ length: 24 }, (_, i): [number, number, number, Step] => [
      i,
      0,
      NEVER,
      add(2 ** i, 0),
    ]);
    assert.throws(
      () => checkHistory(history(...adds, [99, 1, 2, read(2 ** 24 - 1.5)])),
      /too many operations/,
    );
  });
});

/** Clients at one register: each operation takes effect at some moment between its beginning and its end, or, of the dead, perhaps never. */
function play(seed: number, clients: number, count: number, dead: number): Operation[] {
  const random = seededRandom(seed);
  const operations: Operation[] = [];
  const busy: ({ began: number; effect: boolean; step: Step } | undefined)[] = Array(clients).fill(undefined);
  let value = 0;
  let now = 0;
  let unique = 0;
  const takeEffect = (open: { effect: boolean; step: Step }): void => {
    if (open.effect) return;
    open.effect = true;
    const { step } = open;
    if (step.kind === 'read') open.step = read(value);
    else if (step.kind !== 'write') open.step = { ...step, before: value };
    value = after(step, value);
  };
  let isOver = false;
  while (!isOver) {
    now++;
    const client = Math.floor(random() * clients);
    const open = busy[client];
    if (open === undefined) {
      if (unique === count) {
        isOver = busy.every((each) => each === undefined);
        continue;
      }
      const kind = random();
      unique++;
      const step =
        kind < 0.4
          ? read(0)
          : kind < 0.7
            ? write(unique * 1000)
            : kind < 0.9
              ? add(1, 0)
              : cas(random() < 0.5 ? value : -1, unique * 1000, 0);
      busy[client] = { began: now, effect: false, step };
    } else if (random() < 0.5) {
      takeEffect(open);
    } else if (dead > 0 && random() < 0.05) {
      dead--;
      if (random() < 0.5) takeEffect(open);
      operations.push({ register: 0, client, began: open.began, ended: NEVER, step: open.step });
      busy[client] = undefined;
    } else {
      takeEffect(open);
      operations.push({ register: 0, client, began: open.began, ended: now, step: open.step });
      busy[client] = undefined;
    }
  }
  return operations;
}

function spoil(step: Step, random: () => number): Step {
  const other = Math.floor(random() * 3) * 1000;
  return step.kind === 'read'
    ? read(other)
    : step.kind === 'write'
      ? write(other)
      : { ...step, before: other };
}

/** Whether some order explains a history, by trying. */
function anyOrder(left: readonly Operation[], value: number): boolean {
  const answered = left.filter(({ ended }) => ended !== NEVER);
  if (answered.length === 0) return true;
  const firstEnd = Math.min(...answered.map(({ ended }) => ended));
  return left.some((operation) => {
    if (operation.began > firstEnd) return false;
    const { step } = operation;
    const isRight =
      operation.ended === NEVER ||
      (step.kind === 'read' ? step.value === value : step.kind === 'write' || step.before === value);
    return (
      isRight &&
      anyOrder(
        left.filter((o) => o !== operation),
        after(step, value),
      )
    );
  });
}
