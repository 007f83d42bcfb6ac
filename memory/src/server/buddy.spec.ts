import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BuddyAllocator } from './buddy.js';

const PAGE = 4096;

/** The simplest allocator that keeps the rules: a flag per page, every aligned place tried in order. */
class Model {
  readonly #used: boolean[];
  readonly live = new Map<number, number>();
  constructor(private readonly pages: number) {
    this.#used = new Array<boolean>(pages).fill(false);
  }

  allocate(bytes: number): number | undefined {
    let size = 1;
    while (size * PAGE < bytes) size *= 2;
    for (let page = 0; page + size <= this.pages; page += size) {
      if (this.#used.slice(page, page + size).includes(true)) continue;
      this.#used.fill(true, page, page + size);
      this.live.set(page * PAGE, size * PAGE);
      return page * PAGE;
    }
    return undefined;
  }

  free(start: number): void {
    const size = this.live.get(start)!;
    this.live.delete(start);
    this.#used.fill(false, start / PAGE, (start + size) / PAGE);
  }
}

describe('BuddyAllocator', () => {
  it('gives the lowest aligned range that is free, as a search of all pages would', () => {
    const step = fc.oneof(
      fc.record({ allocate: fc.integer({ min: 1, max: 20 * PAGE }) }),
      fc.record({ free: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step, { maxLength: 120 }), (pages, steps) => {
        const buddy = new BuddyAllocator(pages * PAGE, PAGE);
        const model = new Model(pages);
        for (const next of steps) {
          if ('allocate' in next) {
            assert.equal(buddy.allocate(next.allocate)?.start, model.allocate(next.allocate));
          } else if (model.live.size > 0) {
            const start = [...model.live.keys()][next.free % model.live.size]!;
            assert.equal(buddy.free(start)?.freed.size, model.live.get(start));
            model.free(start);
          }
          const allocated = [...model.live.values()].reduce((sum, size) => sum + size, 0);
          assert.equal(buddy.allocatedBytes, allocated);
          assert.equal(buddy.allocations, model.live.size);
        }
        for (let start = 0; start < pages * PAGE; start += PAGE) {
          const owner = [...model.live].find(([at, size]) => start >= at && start < at + size);
          assert.equal(buddy.find(start + 5, 7)?.start, owner?.[0]);
        }
      }),
    );
  });

  it('becomes whole again when everything is freed', () => {
    const buddy = new BuddyAllocator(1 << 20, PAGE);
    const starts = Array.from({ length: 100 }, () => buddy.allocate(PAGE)!.start);
    for (let i = 0; i < 100; i++) buddy.free(starts[(i * 37) % 100]!);
    assert.equal(buddy.freeBlocks, 1);
    assert.equal(buddy.allocate(1 << 20)?.start, 0);
  });

  it('uses every page of a capacity that is no power of two', () => {
    const buddy = new BuddyAllocator(7 * PAGE, PAGE);
    const sizes = [4, 2, 1].map((pages) => buddy.allocate(pages * PAGE)!);
    assert.deepEqual(
      sizes.map(({ start }) => start / PAGE),
      [0, 4, 6],
    );
    assert.equal(buddy.freeBytes, 0);
    assert.equal(buddy.allocate(1), undefined);
  });

  it('finds only ranges inside one allocation', () => {
    const buddy = new BuddyAllocator(1 << 20, PAGE);
    const first = buddy.allocate(2 * PAGE)!;
    const second = buddy.allocate(2 * PAGE)!;
    assert.equal(buddy.find(first.start, 2 * PAGE), first);
    assert.equal(buddy.find(PAGE, PAGE + 1), undefined);
    assert.equal(buddy.find(second.start + 2 * PAGE, 1), undefined);
    assert.equal(buddy.find(2 ** 60, 1), undefined);
    buddy.free(first.start);
    assert.equal(first.live, false);
    assert.equal(buddy.find(first.start, 1), undefined);
    assert.equal(buddy.free(first.start), undefined);
    assert.equal(buddy.free(second.start + PAGE), undefined);
  });

  it('takes terabytes without taking memory', () => {
    const buddy = new BuddyAllocator(2 ** 45 + 3 * PAGE, PAGE);
    assert.equal(buddy.freeBlocks, 3);
    const top = buddy.allocate(2 ** 45)!;
    assert.equal(buddy.find(2 ** 45 - 1, 1), top);
    assert.equal(buddy.allocate(PAGE)?.start, 2 ** 45);
  });

  it('stays fast and small when pages come and go for long', () => {
    const buddy = new BuddyAllocator(64 * PAGE, PAGE);
    for (let i = 0; i < 50_000; i++) buddy.free(buddy.allocate(PAGE)!.start);
    assert.equal(buddy.freeBlocks, 1);
  });

  for (const [capacity, page, text] of [
    [5000, PAGE, /capacity of 5000 bytes is not a positive multiple of the page size, 4096/],
    [0, PAGE, /capacity of 0 bytes/],
    [Number.NaN, PAGE, /capacity of NaN bytes/],
    [12288, 3000, /page size of 3000 bytes is not a power of two/],
  ] as const) {
    it(`refuses a capacity of ${capacity} in pages of ${page}`, () => {
      assert.throws(() => new BuddyAllocator(capacity, page), text);
    });
  }
});
