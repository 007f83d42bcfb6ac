import assert from 'node:assert/strict';
import fc from 'fast-check';
import { prefixLength, rangeToMasks } from './masks.js';

describe('rangeToMasks', () => {
  it('covers exactly the numbers of the range, each once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(255), fc.nat(255), (width, a, b) => {
        const limit = (1 << width) - 1;
        const [lo, hi] = [Math.min(a & limit, b & limit), Math.max(a & limit, b & limit)];
        const masks = rangeToMasks(BigInt(lo), BigInt(hi), width);
        for (let x = 0; x <= limit; x++) {
          const hits = masks.filter(({ value, mask }) => (BigInt(x) & mask) === value).length;
          assert.equal(hits, x >= lo && x <= hi ? 1 : 0, `${x} in ${lo}..${hi}`);
        }
      }),
    );
  });

  it('needs one mask for an aligned block and for everything', () => {
    assert.deepEqual(rangeToMasks(0x1000n, 0x1fffn, 16), [{ value: 0x1000n, mask: 0xf000n }]);
    assert.deepEqual(rangeToMasks(0n, 0xffn, 8), [{ value: 0n, mask: 0n }]);
  });
});

describe('prefixLength', () => {
  it('counts the ones in front, and refuses masks with holes', () => {
    assert.equal(prefixLength(0xff00n, 16), 8);
    assert.equal(prefixLength(0n, 16), 0);
    assert.equal(prefixLength((1n << 80n) - 1n, 80), 80);
    assert.equal(prefixLength(0x00ffn, 16), undefined);
    assert.equal(prefixLength(0xf0f0n, 16), undefined);
  });
});
