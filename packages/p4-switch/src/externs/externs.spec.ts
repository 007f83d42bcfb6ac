import assert from 'node:assert/strict';
import { CounterArray } from './counter-array.js';
import { formatLog } from './format-log.js';
import { hashFunction } from './hash.js';
import { GREEN, Meter, MeterArray, RED, YELLOW } from './meter.js';
import { RegisterArray } from './register-array.js';

const digits = new TextEncoder().encode('123456789');

describe('hash algorithms', () => {
  // The check values of the CRC catalogue (reveng.sourceforge.io), over "123456789".
  const known: [string, number | bigint][] = [
    ['crc16', 0xbb3d],
    ['crc32', 0xcbf43926],
    ['crc8_custom', 0xf4],
    ['crcCCITT', 0x29b1],
    ['crc64_custom', 0x46a5a9388a5beffen],
    ['xor16', 0x3132 ^ 0x3334 ^ 0x3536 ^ 0x3738 ^ 0x3900],
    ['identity', 0x3132333435363738n],
  ];
  for (const [name, value] of known) {
    it(`${name} gives its known check value`, () => {
      assert.equal(hashFunction(name)(digits, digits.length), value);
    });
  }

  it('csum16 is the Internet checksum: the example of RFC 1071, and an odd tail', () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    assert.equal(hashFunction('csum16')(example, 8), ~0xddf2 & 0xffff);
    assert.equal(hashFunction('csum16')(Uint8Array.of(0x12), 1), ~0x1200 & 0xffff);
    assert.equal(hashFunction('csum16')(new Uint8Array(0), 0), 0xffff);
  });

  it('names the algorithm it lacks', () => {
    assert.throws(() => hashFunction('toString'), /no hash algorithm "toString"/);
  });
});

describe('Meter', () => {
  it('colours by two token buckets (RFC 2698)', () => {
    const meter = new Meter();
    meter.configure({ cir: 1000n, cburst: 100n, pir: 2000n, pburst: 150n }, 0);
    assert.equal(meter.execute(100, 100, 0), GREEN);
    assert.equal(meter.execute(50, 50, 0), YELLOW);
    assert.equal(meter.execute(1, 1, 0), RED);
    // 50 ms: 50 tokens committed, 100 peak.
    assert.equal(meter.execute(50, 50, 50_000), GREEN);
    assert.equal(meter.execute(50, 50, 50_000), YELLOW);
    assert.equal(meter.execute(1, 1, 50_000), RED);
  });

  it('with an excess burst colours by one rate (RFC 2697)', () => {
    const meter = new Meter();
    meter.configure({ cir: 1000n, cburst: 100n, pir: 1000n, pburst: 100n, eburst: 60n }, 0);
    const marks = (...amounts: number[]) => amounts.map((amount) => meter.execute(amount, amount, 0));
    assert.deepEqual(marks(100, 60, 1), [GREEN, YELLOW, RED]);
    // 130 ms: 100 tokens committed, the rest in excess.
    assert.deepEqual(
      [100, 30, 1].map((amount) => meter.execute(amount, amount, 130_000)),
      [GREEN, YELLOW, RED],
    );
  });

  it('is green without configuration, and after it is taken away', () => {
    const array = new MeterArray(
      { index: 0, name: 'm', size: 2, unit: 'packets', table: undefined, result: undefined },
      () => 0,
    );
    assert.equal(array.execute(1, 100), GREEN);
    array.write(1, { cir: 0n, cburst: 0n, pir: 0n, pburst: 0n });
    assert.equal(array.execute(1, 100), RED);
    array.write(1, undefined);
    assert.equal(array.execute(1, 100), GREEN);
    assert.equal(array.execute(2, 100), -1);
    assert.throws(() => array.read(2), /cells 0 to 1, no cell 2/);
  });

  it('refuses a peak rate below the committed rate', () => {
    assert.throws(
      () => new Meter().configure({ cir: 2n, cburst: 1n, pir: 1n, pburst: 1n }, 0),
      /pir 1 is below cir 2/,
    );
  });
});

describe('CounterArray', () => {
  it('counts, and takes any 64-bit value from the control plane', () => {
    const counters = new CounterArray({ index: 0, name: 'c', size: 2, table: undefined });
    counters.count(1, 100);
    counters.count(1, 50);
    counters.count(7, 50);
    assert.deepEqual(counters.read(1), { packets: 2n, bytes: 150n });
    counters.write(1, { packets: (1n << 64n) - 1n, bytes: 3n });
    counters.count(1, 10);
    assert.deepEqual(counters.read(1), { packets: 0n, bytes: 13n });
    assert.throws(() => counters.read(2), /counter "c" has cells 0 to 1/);
  });
});

describe('RegisterArray', () => {
  it('truncates to the width of a cell', () => {
    const registers = new RegisterArray({ index: 0, name: 'r', size: 2, width: 40 });
    registers.write(1, 0xff_1234567890n);
    assert.equal(registers.read(1), 0x1234567890n);
    registers.write(0, -1n);
    assert.equal(registers.read(0), (1n << 40n) - 1n);
    assert.throws(() => registers.write(2, 0n), /cells 0 to 1/);
  });
});

describe('formatLog', () => {
  it('fills places in order and keeps escaped braces', () => {
    assert.equal(formatLog('a {} b {} \\{c\\}', [1n, 22n]), 'a 1 b 22 {c}');
    assert.equal(formatLog('{} {}', [1n]), '1 {}');
  });
});
