import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FieldMatch, P4RuntimeError } from '../index.js';
import {
  bitType,
  bytesFromNumber,
  bytesToBigInt,
  encodeMatch,
  encodeValue,
  formatMatch,
  formatValue,
  type MatchInput,
  type MatchKind,
  STRING_TYPE,
} from './index.js';

const key = (kind: MatchKind, width: number) => ({ id: 1, kind, type: bitType(width) });
const show = (input: MatchInput, kind: MatchKind, width: number) =>
  formatMatch(encodeMatch(input, key(kind, width)), bitType(width));
const number = (value: bigint | number) => Buffer.from(bytesFromNumber(value));

describe('values', () => {
  const written: [string | number | bigint | Uint8Array, number, bigint][] = [
    [511, 9, 511n],
    ['511', 9, 511n],
    ['0x1ff', 9, 511n],
    ['0b1_1111_1111', 9, 511n],
    ['0o777', 9, 511n],
    [2n ** 127n, 128, 2n ** 127n],
    ['340282366920938463463374607431768211455', 128, 2n ** 128n - 1n],
    ['aa:bb:cc:00:00:01', 48, 0xaabbcc000001n],
    ['10.0.0.1', 32, 0x0a000001n],
    ['fdbb:102::', 128, 0xfdbb0102n << 96n],
    ['::', 128, 0n],
    [Uint8Array.of(0, 0, 5), 8, 5n],
  ];
  for (const [input, width, value] of written) {
    it(`may be written ${input} for ${width} bits`, () =>
      assert.deepEqual(Buffer.from(encodeValue(input, bitType(width))), number(value)));
  }

  const refused: [string | number, number, RegExp][] = [
    ['10.0.0.1', 128, /10.0.0.1 is an IPv4 address of 32 bits, but 128 bits are expected/],
    ['fdbb::1', 48, /IPv6 address of 128 bits, but 48/],
    ['route', 128, /"route" is no value of 128 bits: write a number .* or an IPv6 address/],
    ['', 9, /"" is no value of 9 bits: write a number \(decimal, 0x, 0o or 0b\)$/],
    ['0x', 9, /is no value/],
    ['-1', 9, /is no value/],
    [-1, 9, /-1 is not a whole number from 0 that fits in 9 bits/],
    [512, 9, /512 does not fit in 9 bits/],
  ];
  for (const [input, width, pattern] of refused) {
    it(`are refused: ${JSON.stringify(input)} for ${width} bits`, () =>
      assert.throws(() => encodeValue(input, bitType(width)), pattern));
  }

  it('come back from what formatValue writes, at any width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 140 }),
        fc.bigInt({ min: 0n, max: 2n ** 140n - 1n }),
        (width, big) => {
          const type = bitType(width);
          const bytes = bytesFromNumber(BigInt.asUintN(width, big));
          assert.deepEqual(encodeValue(formatValue(bytes, type), type), bytes);
        },
      ),
    );
  });

  it('that are translated to strings are those strings', () => {
    const bytes = encodeValue('Ethernet0', STRING_TYPE);
    assert.equal(Buffer.from(bytes).toString(), 'Ethernet0');
    assert.equal(formatValue(bytes, STRING_TYPE), 'Ethernet0');
    assert.throws(() => encodeValue(5, STRING_TYPE), /translated to a string, found the number 5/);
  });
});

describe('match keys', () => {
  it('hide no value bits behind a prefix or a mask', () => {
    assert.equal(show('fdbb:102:304::9/32', 'lpm', 128), 'fdbb:102::/32');
    assert.equal(show({ value: 0x1ff, prefixLength: 1 }, 'lpm', 9), '256/1');
    assert.equal(show('0xff&&&0x0f', 'ternary', 8), '15&&&15');
    assert.equal(show({ value: 0xff, mask: 0xf0 }, 'ternary', 8), '240&&&240');
    assert.equal(show('10.1.2.3/8', 'ternary', 32), '167772160&&&4278190080');
  });

  it('that match everything are left out', () => {
    const everything: [MatchInput, MatchKind][] = [
      [null, 'lpm'],
      ['*', 'lpm'],
      ['::/0', 'lpm'],
      [null, 'ternary'],
      ['1&&&0', 'ternary'],
      ['1::/0', 'ternary'],
      ['*', 'optional'],
      [{ low: 0, high: 2n ** 128n - 1n }, 'range'],
      ['*', 'range'],
    ];
    for (const [input, kind] of everything) assert.equal(encodeMatch(input, key(kind, 128)), undefined);
  });

  it('of one value are exactly that value', () => {
    assert.equal(show(7, 'ternary', 9), '7');
    assert.equal(show(7, 'range', 9), '7..7');
    assert.equal(show(7, 'optional', 9), '7');
    assert.equal(show('fdbb::1', 'lpm', 128), 'fdbb::1/128');
    assert.equal(show('1000..2000', 'range', 16), '1000..2000');
  });

  const refused: [MatchInput, MatchKind, number, RegExp][] = [
    [null, 'exact', 9, /exact key needs a value/],
    ['fdbb::/129', 'lpm', 128, /prefix length is from 0 to 128 here, found 129/],
    ['fdbb::/x', 'lpm', 128, /prefix length is from 0 to 128 here, found NaN/],
    ['5..4', 'range', 9, /low to high, found 5..4/],
    [{ low: 1, high: 2 }, 'exact', 9, /expected a value, found an object with low and high/],
    ['5&&&1024', 'ternary', 9, /1024 does not fit in 9 bits/],
    ['1.2.3.4/40', 'ternary', 32, /prefix length is from 0 to 32 here, found 40/],
  ];
  for (const [input, kind, width, pattern] of refused) {
    it(`are refused: ${JSON.stringify(input)} as ${kind}`, () =>
      assert.throws(
        () => encodeMatch(input, key(kind, width)),
        (error) => error instanceof P4RuntimeError && pattern.test(error.message),
      ));
  }

  it('come back from what formatMatch writes', () => {
    const any = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    fc.assert(
      fc.property(
        fc.constantFrom<MatchKind>('exact', 'lpm', 'ternary', 'range', 'optional'),
        fc.integer({ min: 1, max: 128 }),
        any,
        any,
        (kind, width, a, b) => {
          const [x, y] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
          const input: MatchInput =
            kind === 'lpm'
              ? { value: x, prefixLength: Number(b % BigInt(width + 1)) }
              : kind === 'ternary'
                ? { value: x, mask: y }
                : kind === 'range'
                  ? { low: x < y ? x : y, high: x < y ? y : x }
                  : x;
          const match = encodeMatch(input, key(kind, width));
          assert.deepEqual(encodeMatch(formatMatch(match, bitType(width)), key(kind, width)), match);
          if (match?.ternary)
            assert.equal(bytesToBigInt(match.ternary.value) & ~bytesToBigInt(match.ternary.mask), 0n);
          if (match) assert.deepEqual(FieldMatch.decode(FieldMatch.encode(match)), match);
        },
      ),
      { numRuns: 500 },
    );
  });
});
