import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Moves } from './moves.js';

const PAGES = 24;
const NODE = 1;

describe('Moves', () => {
  const change = fc
    .tuple(
      fc.integer({ min: 0, max: PAGES - 1 }),
      fc.integer({ min: 1, max: PAGES }),
      fc.integer({ min: 1, max: 3 }),
    )
    .map(([start, length, to]) => ({
      range: { start: BigInt(start), end: BigInt(Math.min(PAGES, start + length)) },
      to,
    }));

  it('knows each page’s last home, in the fewest ranges, and its effects add up', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const moves = new Moves();
        const homes = new Array<number>(PAGES).fill(NODE);
        const shown = new Map<string, number>();
        const name = (m: { start: bigint; end: bigint }) => `${m.start}-${m.end}`;
        for (const { range, to } of changes) {
          const { removed, added } = moves.move(NODE, range, to);
          homes.fill(to, Number(range.start), Number(range.end));
          for (const m of removed) assert.ok(m.kind === 'move' && shown.delete(name(m)));
          for (const m of added) if (m.kind === 'move') shown.set(name(m), m.to);
        }
        for (let page = 0; page < PAGES; page++) {
          assert.equal(moves.homeOf(NODE, BigInt(page)) ?? NODE, homes[page]);
        }
        const all = [...moves];
        assert.deepEqual(new Map(all.map((m) => [name(m), m.to])), shown);
        all.forEach((m, i) => {
          const next = all[i + 1];
          if (next) assert.ok(m.end < next.start || (m.end === next.start && m.to !== next.to));
        });
      }),
    );
  });
});
