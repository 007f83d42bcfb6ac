import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WordHash } from './word-hash.js';

describe('WordHash', () => {
  it('behaves like a Map through any history of sets and deletes', () => {
    const key = fc.tuple(fc.nat(7), fc.constantFrom(0, -1, 5));
    const step = fc.record({ key, value: fc.option(fc.nat()) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const table = new WordHash<number>(2);
        const model = new Map<string, number>();
        const all = Int32Array.of(-1, -1);
        for (const { key, value } of steps) {
          const words = Int32Array.from(key);
          if (value === null) assert.equal(table.delete(words), model.delete(key.join()));
          else {
            table.set(words, value);
            model.set(key.join(), value);
          }
          assert.equal(table.size, model.size);
        }
        for (let a = 0; a < 8; a++) {
          for (const b of [0, -1, 5]) {
            assert.equal(table.get(Int32Array.of(a, b), all), model.get([a, b].join()));
          }
        }
      }),
    );
  });

  it('applies the mask to the key it looks up', () => {
    const table = new WordHash<string>(1);
    table.set(Int32Array.of(0x1200), 'here');
    assert.equal(table.get(Int32Array.of(0x12ff), Int32Array.of(0xff00)), 'here');
    assert.equal(table.get(Int32Array.of(0x13ff), Int32Array.of(0xff00)), undefined);
  });
});
