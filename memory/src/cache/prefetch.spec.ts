import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SequentialPrefetch } from './prefetch.js';

const PAGE = 4096;
const newPrefetch = (depth: number, streams?: number) =>
  new SequentialPrefetch({ pageSize: PAGE, depth, streams });

/** The pages, by index, that are fetched when these are read. */
function fetched(prefetch: SequentialPrefetch, pages: readonly number[], node = 1): number[][] {
  return pages.map((page) => {
    const range = prefetch.read(node, page * PAGE);
    if (range === undefined) return [];
    return Array.from({ length: (range.to - range.from) / PAGE }, (_, i) => range.from / PAGE + i);
  });
}

describe('sequential prefetch', () => {
  it('believes a run from its second page on, and reaches further with each', () => {
    assert.deepEqual(fetched(newPrefetch(8), [10, 11, 12, 13, 14]), [
      [],
      [12, 13],
      [14, 15, 16],
      [17, 18, 19, 20, 21],
      [22],
    ]);
  });

  it('fetches no page twice in a run, none that was read, and none further ahead than its depth', () => {
    fc.assert(
      fc.property(fc.nat({ max: 16 }), fc.integer({ min: 1, max: 60 }), (depth, length) => {
        const prefetch = newPrefetch(depth);
        const seen = new Set<number>();
        for (let page = 0; page < length; page++) {
          for (const ahead of fetched(prefetch, [page])[0]!) {
            assert.ok(ahead > page && ahead <= page + depth, `page ${ahead} while reading ${page}`);
            assert.ok(!seen.has(ahead), `page ${ahead} twice`);
            seen.add(ahead);
          }
        }
        if (length > 2 && depth > 0) assert.ok(seen.has(length) || seen.has(length - 1));
      }),
    );
  });

  it('fetches nothing for reads without order, nor for the same page again', () => {
    assert.deepEqual(fetched(newPrefetch(8), [5, 3, 90, 41, 7]).flat(), []);
    assert.deepEqual(fetched(newPrefetch(8), [5, 5, 5]).flat(), []);
  });

  it('follows several runs at once, on several nodes, and forgets the one not heard of longest', () => {
    const prefetch = newPrefetch(2, 2);
    fetched(prefetch, [0]);
    fetched(prefetch, [0], 2);
    assert.deepEqual(fetched(prefetch, [1]), [[2, 3]]);
    assert.deepEqual(fetched(prefetch, [1], 2), [[2, 3]]);
    fetched(prefetch, [100]); // a third: the run of node 1 goes
    assert.deepEqual(fetched(prefetch, [2]), [[]]);
  });

  it('ends a run where nothing can be had', () => {
    const prefetch = newPrefetch(4);
    fetched(prefetch, [0, 1]);
    prefetch.end(1, 3 * PAGE);
    assert.deepEqual(fetched(prefetch, [2]), [[]]);
  });

  it('refuses a depth that cannot be', () => {
    assert.throws(() => newPrefetch(-1), {
      message: 'a prefetch of -1 pages is not a whole number from 0 on',
    });
  });
});
