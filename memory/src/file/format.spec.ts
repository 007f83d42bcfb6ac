import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeIndexPage, encodeIndexPage, entriesPerPage, type IndexPage, indexPages } from './format.js';

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const plain = { noNullPrototype: true };

const anyPage: fc.Arbitrary<IndexPage> = fc.record(
  {
    number: u32,
    extents: u32,
    size: fc.nat(Number.MAX_SAFE_INTEGER),
    sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    next: fc.record({ node: u16, pointer: u64 }, plain),
    entries: fc.array(fc.record({ node: u16, bytes: u32, pointer: u64, crc: u32 }, plain), { maxLength: 7 }),
  },
  plain,
);

describe('index page', () => {
  it('gives back every field', () => {
    fc.assert(
      fc.property(anyPage, (page) => {
        assert.deepEqual(decodeIndexPage(encodeIndexPage(page, 256), 'here'), page);
      }),
    );
  });

  it('holds 167 extents in 4096 bytes; an empty file has one page', () => {
    assert.equal(entriesPerPage(4096), 167);
    assert.deepEqual(
      [0, 1, 167, 168].map((extents) => indexPages(extents, 4096)),
      [1, 1, 1, 2],
    );
  });

  it('is refused when a bit of it is flipped', () => {
    fc.assert(
      fc.property(anyPage, fc.nat(256 * 8 - 1), (page, bit) => {
        const bytes = encodeIndexPage(page, 256);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        assert.throws(() => decodeIndexPage(bytes, 'here'), { name: 'MemoryError' });
      }),
    );
  });

  it('says what it found instead', () => {
    assert.throws(
      () => decodeIndexPage(new Uint8Array(256), 'fdbb:101::'),
      /no file at fdbb:101::: it begins with 00000000, not with 42424958 \("BBIX"\)/,
    );
    const bytes = encodeIndexPage(fc.sample(anyPage, 1)[0]!, 256);
    bytes[5] = 9;
    assert.throws(() => decodeIndexPage(bytes, 'here'), /has format 9; only 1 is known/);
    bytes[5] = 1;
    bytes[30]! ^= 1;
    assert.throws(() => decodeIndexPage(bytes, 'here'), /index page at here is damaged: its CRC-32 is 0x/);
  });
});
