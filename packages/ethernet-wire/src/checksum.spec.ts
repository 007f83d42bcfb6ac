import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum, updateChecksum, updateChecksumRange } from './checksum.js';

/** RFC 1071 section 1, word by word, with nothing clever. */
function plainChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

/** Short enough for a header, and longer. */
const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 100, maxLength: 1600 }));

describe('internetChecksum', () => {
  it('gives the sum of the example in RFC 1071 section 3', () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    assert.equal(internetChecksum(example), ~0xddf2 & 0xffff);
  });

  it('equals the plain definition, from any start, odd lengths too', () => {
    fc.assert(
      fc.property(bytes, bytes, (before, data) => {
        const whole = new Uint8Array([...before, ...data]);
        assert.equal(internetChecksum(whole, before.length), plainChecksum(data));
        assert.equal(internetChecksum(whole, 0, before.length), plainChecksum(before));
      }),
    );
  });

  it('does not depend on where in memory the bytes stand, nor on what it was begun with', () => {
    fc.assert(
      fc.property(bytes, fc.nat(7), fc.nat(70_000), (data, at, initial) => {
        const moved = new Uint8Array(data.length + at).subarray(at);
        moved.set(data);
        const words = Uint8Array.of(0, initial >> 16, initial >> 8, initial);
        const expected = plainChecksum(new Uint8Array([...words, ...data]));
        assert.equal(internetChecksum(moved, 0, data.length, initial), expected);
      }),
    );
  });

  it('loses no carry in the longest packet', () => {
    // All words are 0xffff, which is zero, but the last, 0xff00; 0x10010 to begin with folds to 0x11.
    assert.equal(internetChecksum(new Uint8Array(65535).fill(0xff), 0, 65535, 0x10010), ~0xff11 & 0xffff);
    const longest = new Uint8Array(65534).fill(0xff);
    assert.equal(internetChecksum(longest), 0);
    assert.equal(internetChecksum(longest.subarray(1)), plainChecksum(longest.subarray(1)));
  });
});

describe('incremental update', () => {
  // RFC 1624 section 4 shows equation 2 failing here: the checksum must become 0x0000, not 0xffff.
  it('gives the result of the example in RFC 1624 section 4', () => {
    assert.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000);
  });

  it('equals computing anew', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 40, maxLength: 80 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (packet, address) => {
          fc.pre(packet.some((b, i) => (i < 8 || i >= 24) && b !== 0)); // all-zero data has two checksums
          const changed = packet.slice();
          changed.set(address, 8);
          const expected = internetChecksum(changed);
          const before = internetChecksum(packet);
          assert.equal(updateChecksumRange(before, packet, 8, address, 0, 16), expected);
          let words = before;
          for (let i = 8; i < 24; i += 2) {
            const word = (from: Uint8Array): number => from[i]! * 256 + from[i + 1]!;
            words = updateChecksum(words, word(packet), word(changed));
          }
          assert.equal(words, expected);
        },
      ),
    );
  });

  it('refuses an odd number of bytes', () => {
    assert.throws(
      () => updateChecksumRange(0, new Uint8Array(3), 0, new Uint8Array(3), 0, 3),
      /3 bytes is odd/,
    );
  });
});
