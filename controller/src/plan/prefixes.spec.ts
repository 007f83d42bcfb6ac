import assert from 'node:assert/strict';
import fc from 'fast-check';
import { prefixesOf, rangeOf } from './prefixes.js';

describe('prefixesOf', () => {
  it('covers an aligned power of two with one prefix', () => {
    assert.deepEqual(prefixesOf({ start: 0x4000n, end: 0x8000n }), [{ value: 0x4000n, length: 50 }]);
  });

  it('covers the whole space with the empty prefix', () => {
    assert.deepEqual(prefixesOf({ start: 0n, end: 1n << 64n }), [{ value: 0n, length: 0 }]);
  });

  it('refuses a range outside of the space', () => {
    assert.throws(() => prefixesOf({ start: 0n, end: 257n }, 8), /outside of 8 bits/);
  });

  const range = fc
    .tuple(fc.integer({ min: 0, max: 256 }), fc.integer({ min: 0, max: 256 }))
    .map(([a, b]) => ({ start: BigInt(Math.min(a, b)), end: BigInt(Math.max(a, b)) }));

  it('covers exactly the range, in ascending order', () => {
    fc.assert(
      fc.property(range, (r) => {
        let at = r.start;
        for (const p of prefixesOf(r, 8)) {
          const covered = rangeOf(p, 8);
          assert.equal(covered.start, at);
          assert.equal(covered.start % (covered.end - covered.start), 0n, 'a prefix is aligned to its size');
          at = covered.end;
        }
        assert.equal(at, r.end);
      }),
    );
  });

  it('needs no more prefixes than any other cover', () => {
    // The fewest prefixes of [0, 2^n) sub-ranges, by dynamic programming over all aligned blocks.
    const fewest = (start: number, end: number): number => {
      const cost = new Array<number>(end + 1).fill(Number.POSITIVE_INFINITY);
      cost[start] = 0;
      for (let at = start; at < end; at++) {
        for (let size = 1; at % size === 0 && at + size <= end; size *= 2) {
          cost[at + size] = Math.min(cost[at + size]!, cost[at]! + 1);
        }
      }
      return cost[end]!;
    };
    fc.assert(
      fc.property(range, (r) => {
        assert.equal(prefixesOf(r, 8).length, fewest(Number(r.start), Number(r.end)));
      }),
    );
  });
});
