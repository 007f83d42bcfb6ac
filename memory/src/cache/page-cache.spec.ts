import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CachedPage, PageCache } from './page-cache.js';
import { EVICTIONS } from './policy.js';

const PAGE = 256;
const newCache = (capacity: number, eviction = EVICTIONS[0]) =>
  new PageCache({ pageSize: PAGE, capacity, eviction }, (node, start) => new CachedPage(node, start));
const copy = () => new Uint8Array(PAGE);

describe('page cache', () => {
  it('knows a page by its node and its start', () => {
    const cache = newCache(4);
    const page = cache.obtain(1, 512);
    assert.equal(cache.obtain(1, 512), page);
    assert.equal(cache.find(1, 512), page);
    assert.equal(cache.find(2, 512), undefined);
    assert.equal(cache.find(1, 768), undefined);
    cache.forget(page);
    assert.equal(cache.find(1, 512), undefined);
  });

  it('counts copies, not pages it only knows of, and gives the bytes back', () => {
    const cache = newCache(1);
    const [a, b] = [cache.obtain(1, 0), cache.obtain(1, PAGE)];
    assert.deepEqual([cache.copies, cache.isOverfull], [0, false]);
    const bytes = copy();
    cache.keep(a, bytes);
    assert.deepEqual([cache.copies, cache.isOverfull], [1, false]);
    cache.keep(b, copy());
    assert.deepEqual([cache.copies, cache.isOverfull], [2, true]);
    assert.equal(
      cache.victim(() => true),
      a,
    );
    assert.equal(cache.drop(a), bytes);
    assert.deepEqual([a.bytes, cache.copies, cache.isOverfull], [undefined, 1, false]);
    assert.equal(
      cache.victim((page) => page !== b),
      undefined,
    );
  });

  it('finds the known pages of any range', () => {
    const page = fc.record({ node: fc.nat({ max: 2 }), index: fc.nat({ max: 40 }) });
    const range = fc.record({
      node: fc.nat({ max: 2 }),
      start: fc.nat({ max: 40 * PAGE }),
      length: fc.integer({ min: 1, max: 50 * PAGE }),
    });
    fc.assert(
      fc.property(fc.array(page), range, (pages, { node, start, length }) => {
        const cache = newCache(1);
        for (const { node, index } of pages) cache.obtain(node, index * PAGE);
        const found = cache.within(node, start, length).map((page) => page.start);
        const expected = pages
          .filter((page) => page.node === node)
          .map(({ index }) => index * PAGE)
          .filter((at) => at + PAGE > start && at < start + length);
        assert.deepEqual(
          found.sort((a, b) => a - b),
          [...new Set(expected)].sort((a, b) => a - b),
        );
      }),
    );
  });

  for (const eviction of EVICTIONS) {
    it(`never has more copies than it may when each overflow is answered by a victim (${eviction})`, () => {
      const access = fc.nat({ max: 20 });
      fc.assert(
        fc.property(fc.array(access), fc.integer({ min: 1, max: 6 }), (accesses, capacity) => {
          const cache = newCache(capacity, eviction);
          for (const index of accesses) {
            const page = cache.obtain(7, index * PAGE);
            if (page.bytes !== undefined) cache.touch(page);
            else cache.keep(page, copy());
            if (cache.isOverfull) {
              const victim = cache.victim((other) => other !== page)!;
              cache.drop(victim);
              cache.forget(victim);
            }
            assert.equal(
              cache.find(7, index * PAGE)?.bytes?.length,
              PAGE,
              'what is used is never the victim',
            );
            assert.equal(cache.copies, cache.all().length);
            assert.ok(cache.copies <= capacity);
          }
        }),
      );
    });
  }

  it('refuses a capacity that cannot be', () => {
    for (const capacity of [-1, 0.5, Number.NaN]) {
      assert.throws(() => newCache(capacity), {
        name: 'RangeError',
        message: `a cache of ${capacity} pages is not a whole number from 0 on`,
      });
    }
  });
});
