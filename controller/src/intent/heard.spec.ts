import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HeardGenerations } from './heard.js';

describe('HeardGenerations', () => {
  const words = fc.array(fc.bigInt(1n, 60n), { maxLength: 80 });

  it('knows exactly what it heard, in whatever order', () => {
    fc.assert(
      fc.property(words, (generations) => {
        const heard = new HeardGenerations();
        for (const g of generations) heard.add(g);
        for (let g = 0n; g <= 61n; g++)
          assert.equal(heard.has(g), generations.includes(g), `generation ${g}`);
      }),
    );
  });

  it('keeps the fewest intervals, and is the same again from them', () => {
    fc.assert(
      fc.property(words, (generations) => {
        const heard = new HeardGenerations();
        for (const g of generations) heard.add(g);
        const intervals = heard.toIntervals();
        intervals.forEach(([from, to], i) => {
          assert.ok(from <= to);
          const next = intervals[i + 1];
          if (next) assert.ok(to + 1n < next[0]);
        });
        const again = new HeardGenerations(intervals);
        for (let g = 0n; g <= 61n; g++) assert.equal(again.has(g), heard.has(g));
      }),
    );
  });

  it('takes what is far below the newest for heard, and forgets it', () => {
    const heard = new HeardGenerations();
    heard.add(1n);
    heard.add(100_000n);
    assert.equal(heard.has(2n), true);
    assert.equal(heard.has(99_999n), false);
    assert.deepEqual(heard.toIntervals(), [[100_000n, 100_000n]]);
  });

  it('stays small when every other word is lost', () => {
    const heard = new HeardGenerations();
    for (let g = 1n; g < 10_000n; g += 2n) heard.add(g);
    assert.ok(heard.toIntervals().length <= 1024);
    assert.equal(heard.has(9_998n), false);
    assert.equal(heard.has(9_997n), true);
  });
});
