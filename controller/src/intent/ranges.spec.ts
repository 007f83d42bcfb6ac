import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type RightsRange, setRights } from './ranges.js';

const PAGES = 24;

/** The same thing, page by page. */
function model(changes: readonly RightsRange[]): number[] {
  const rights = new Array<number>(PAGES).fill(0);
  for (const c of changes) rights.fill(c.rights, Number(c.start), Number(c.end));
  return rights;
}

describe('setRights', () => {
  const change = fc
    .tuple(
      fc.integer({ min: 0, max: PAGES }),
      fc.integer({ min: 0, max: PAGES }),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([a, b, rights]) => ({ start: BigInt(Math.min(a, b)), end: BigInt(Math.max(a, b)), rights }));

  it('gives each page the rights of the last change that touched it', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const ranges = changes.reduce<RightsRange[]>((r, c) => setRights(r, c), []);
        assert.deepEqual(model(ranges), model(changes));
      }),
    );
  });

  it('keeps ranges ascending, disjoint and merged', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const ranges = changes.reduce<RightsRange[]>((r, c) => setRights(r, c), []);
        ranges.forEach((r, i) => {
          assert.ok(r.start < r.end && r.rights !== 0);
          const next = ranges[i + 1];
          if (next) assert.ok(r.end < next.start || (r.end === next.start && r.rights !== next.rights));
        });
      }),
    );
  });
});
