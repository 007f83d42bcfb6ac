import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffEntries } from './diff.js';
import { entryKey, type PlannedEntry } from './entry.js';

const entry = fc.record(
  {
    table: fc.constantFrom('permission', 'routes'),
    match: fc.record(
      {
        node: fc.bigInt(0n, 3n),
        pointer: fc.record(
          { value: fc.bigInt(0n, 3n), prefix: fc.constantFrom(62, 64) },
          { noNullPrototype: true },
        ),
      },
      { noNullPrototype: true },
    ),
    action: fc.constantFrom('allow', 'deny'),
    params: fc.record({ rights: fc.bigInt(0n, 2n) }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);
const table = fc.uniqueArray(entry, { selector: entryKey, maxLength: 20 });

function apply(actual: readonly PlannedEntry[], changes: ReturnType<typeof diffEntries>): PlannedEntry[] {
  const state = new Map(actual.map((e) => [entryKey(e), e]));
  for (const { type, entry: e } of changes) {
    const key = entryKey(e);
    assert.equal(
      state.has(key),
      type !== 'insert',
      `${type} of an entry that is ${state.has(key) ? '' : 'not '}there`,
    );
    if (type === 'delete') state.delete(key);
    else state.set(key, e);
  }
  return [...state.values()];
}
const sorted = (entries: readonly PlannedEntry[]) =>
  [...entries].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1));

describe('diffEntries', () => {
  it('turns any state into the planned one', () => {
    fc.assert(
      fc.property(table, table, (planned, actual) => {
        assert.deepEqual(sorted(apply(actual, diffEntries(planned, actual))), sorted(planned));
      }),
    );
  });

  it('writes nothing when nothing differs', () => {
    fc.assert(
      fc.property(table, (entries) => assert.deepEqual(diffEntries(entries, [...entries].reverse()), [])),
    );
  });

  it('takes away before it gives', () => {
    fc.assert(
      fc.property(table, table, (planned, actual) => {
        const order = diffEntries(planned, actual).map((c) => ['delete', 'modify', 'insert'].indexOf(c.type));
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
      }),
    );
  });
});
