import assert from 'node:assert/strict';
import { bytes, count, duration, parseSize } from './units.js';

describe('units', () => {
  it('says sizes, times and counts as people write them', () => {
    assert.deepEqual([0, 4096, 1536, 16 * 2 ** 20].map(bytes), ['0 B', '4 KiB', '1.50 KiB', '16 MiB']);
    assert.deepEqual([950, 123_456, 12_345_678, 3.2e9].map(duration), [
      '0.9 µs',
      '123 µs',
      '12.35 ms',
      '3.20 s',
    ]);
    assert.equal(count(1234567n), '1,234,567');
  });

  it('reads sizes, and nothing that is not one', () => {
    assert.deepEqual(
      ['4096', '64KiB', '64k', '0x1000', '1.5MiB', '1MB'].map(parseSize),
      [4096, 65536, 65536, 4096, 1572864, 1e6],
    );
    for (const text of ['', 'many', '-1', '64XiB', '1e3', '0.3'])
      assert.equal(parseSize(text), undefined, text);
  });
});
