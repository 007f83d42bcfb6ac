import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Code, P4RuntimeError } from '../index.js';
import {
  bitLength,
  bytesFromNumber,
  bytesToBigInt,
  bytesToNumber,
  bytesToSigned,
  canonicalBits,
  clearLowBits,
  compareBytes,
  ones,
  padded,
  signedToBytes,
} from './index.js';

const wide = fc.bigInt({ min: 0n, max: 2n ** 130n });
const bytes = (...values: number[]) => Uint8Array.from(values);
const outOfRange = (error: unknown) => error instanceof P4RuntimeError && error.code === Code.OUT_OF_RANGE;

describe('byte strings', () => {
  it('are canonical: the shortest that hold the value, one byte for zero', () => {
    fc.assert(
      fc.property(wide, (value) => {
        const encoded = bytesFromNumber(value);
        assert.equal(bytesToBigInt(encoded), value);
        assert.ok(encoded.length === 1 || encoded[0] !== 0);
      }),
    );
    assert.deepEqual(bytesFromNumber(0), bytes(0));
  });

  it('are the same from a number as from a bigint', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        assert.deepEqual(bytesFromNumber(value), bytesFromNumber(BigInt(value)));
        assert.equal(bytesToNumber(bytesFromNumber(value)), value);
      }),
    );
  });

  it('are taken at any length, as long as the value fits', () => {
    fc.assert(
      fc.property(wide, fc.nat(5), fc.integer({ min: 1, max: 140 }), (value, zeros, width) => {
        const encoded = Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytesFromNumber(value)]);
        const fits = value < 2n ** BigInt(width);
        if (fits) assert.equal(bytesToBigInt(canonicalBits(encoded, width)), value);
        else assert.throws(() => canonicalBits(encoded, width), outOfRange);
      }),
    );
  });

  // The tables of the specification's section "Bytestrings".
  const valid: [number, number[], number[]][] = [
    [8, [0x63], [0x63]],
    [16, [0x00, 0x63], [0x63]],
    [16, [0x30, 0x64], [0x30, 0x64]],
    [16, [0x00, 0x30, 0x64], [0x30, 0x64]],
    [12, [0x00, 0x00, 0x63], [0x63]],
  ];
  for (const [width, given, canonical] of valid) {
    it(`takes ${Buffer.from(given).toString('hex')} as bit<${width}>`, () =>
      assert.deepEqual(canonicalBits(bytes(...given), width), bytes(...canonical)));
  }
  const invalid: [number, number[]][] = [
    [8, [0x01, 0x63]],
    [8, []],
    [16, [0x01, 0x00, 0x63]],
    [12, [0x10, 0x63]],
    [12, [0x01, 0x00, 0x63]],
    [12, [0x00, 0x40, 0x63]],
  ];
  for (const [width, given] of invalid) {
    it(`refuses ${JSON.stringify(Buffer.from(given).toString('hex'))} as bit<${width}>`, () =>
      assert.throws(() => canonicalBits(bytes(...given), width), outOfRange));
  }

  it('of signed numbers follow the same tables', () => {
    const table: [number, bigint, number[]][] = [
      [8, 99n, [0x63]],
      [8, -99n, [0x9d]],
      [12, -739n, [0xfd, 0x1d]],
      [16, 0n, [0x00]],
      [16, 128n, [0x00, 0x80]],
    ];
    for (const [width, value, encoded] of table) {
      assert.deepEqual(signedToBytes(value, width), bytes(...encoded));
      assert.equal(bytesToSigned(bytes(...encoded), width), value);
    }
    assert.equal(bytesToSigned(bytes(0xff, 0x9d), 8), -99n);
    for (const [width, given] of [
      [8, [0x00, 0x9d]],
      [12, [0x8d, 0x1d]],
      [16, []],
    ] as [number, number[]][]) {
      assert.throws(() => bytesToSigned(bytes(...given), width), outOfRange);
    }
  });

  it('of signed numbers come back, or are refused when they do not fit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        fc.integer({ min: 1, max: 80 }),
        (value, width) => {
          if (BigInt.asIntN(width, value) === value)
            assert.equal(bytesToSigned(signedToBytes(value, width), width), value);
          else assert.throws(() => signedToBytes(value, width), outOfRange);
        },
      ),
    );
  });

  it('can be padded, compared and cut at a bit', () => {
    fc.assert(
      fc.property(wide, wide, fc.nat(136), (a, b, count) => {
        const wideA = padded(bytesFromNumber(a), 17);
        assert.equal(bytesToBigInt(wideA), a);
        assert.equal(Math.sign(compareBytes(wideA, bytesFromNumber(b))), a < b ? -1 : a > b ? 1 : 0);
        assert.equal(bytesToBigInt(clearLowBits(wideA, count)), (a >> BigInt(count)) << BigInt(count));
        assert.equal(bitLength(wideA), a === 0n ? 1 : a.toString(2).length);
      }),
    );
    for (const width of [1, 7, 8, 9, 48, 128])
      assert.equal(bytesToBigInt(ones(width)), 2n ** BigInt(width) - 1n);
  });

  it('are never made from what is no unsigned integer', () => {
    for (const value of [-1, 1.5, Number.NaN, 2 ** 53, -1n])
      assert.throws(() => bytesFromNumber(value), outOfRange);
    assert.throws(() => bytesFromNumber(512, 9), /512 does not fit in 9 bits/);
    assert.throws(() => bytesToNumber(bytes(0x20, 0, 0, 0, 0, 0, 0)), /more than 53 bits/);
  });
});
