import assert from 'node:assert/strict';
import { foldSum, onesComplementSum } from 'ethernet-wire';
import fc from 'fast-check';
import { checksumOf } from './checksum.js';

describe('checksumOf', () => {
  it('is the sum of ethernet-wire, wherever the bytes stand', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.nat(40),
        fc.nat(40),
        fc.nat(70_000),
        (bytes, from, cut, initial) => {
          const end = Math.max(0, bytes.length - cut);
          const start = Math.min(from, end);
          const expected = foldSum(onesComplementSum(bytes, start, end) + initial);
          assert.equal(checksumOf(bytes, start, end, initial), expected);
          const moved = new Uint8Array(bytes.length + 3).subarray(3);
          moved.set(bytes);
          assert.equal(checksumOf(moved, start, end, initial), expected);
        },
      ),
    );
  });

  it('loses no carry in the longest packet', () => {
    for (const length of [65_534, 65_535]) {
      const bytes = new Uint8Array(length).fill(0xff);
      assert.equal(
        checksumOf(bytes, 0, length, 65_552),
        foldSum(onesComplementSum(bytes, 0, length) + 65_552),
      );
    }
  });
});
