import assert from 'node:assert/strict';
import { Slabs } from './slabs.js';

const MIB = 1 << 20;

describe('Slabs', () => {
  it('take memory only when it is written to', () => {
    const slabs = new Slabs(4096);
    assert.deepEqual(slabs.peek(50 * MIB, 4096), new Uint8Array(4096));
    slabs.zero(0, 64 * MIB);
    assert.equal(slabs.committedBytes, 0);
    slabs.write(50 * MIB + 100, Uint8Array.of(1, 2, 3));
    assert.equal(slabs.committedBytes, MIB);
    assert.deepEqual(slabs.peek(50 * MIB + 99, 5), Uint8Array.of(0, 1, 2, 3, 0));
  });

  it('zero exactly the range they are told', () => {
    const slabs = new Slabs(4096);
    const ones = new Uint8Array(4096).fill(1);
    for (let at = 0; at < 3 * MIB; at += 4096) slabs.write(at, ones);
    slabs.zero(MIB - 10, MIB + 20);
    for (const [at, byte] of [
      [MIB - 11, 1],
      [MIB - 10, 0],
      [MIB, 0],
      [2 * MIB - 1, 0],
      [2 * MIB, 0],
      [2 * MIB + 9, 0],
      [2 * MIB + 10, 1],
    ] as const) {
      assert.equal(slabs.peek(at, 1)[0], byte, `at ${at}`);
    }
    assert.equal(slabs.committedBytes, 2 * MIB, 'the slab zeroed as a whole is given back');
  });

  it('give memory back when everything in it is free, but keep a little', () => {
    const slabs = new Slabs(4096, { keepBytes: 2 * MIB });
    for (let i = 0; i < 8; i++) slabs.write(i * MIB, Uint8Array.of(9));
    const whole = { start: 0, size: 8 * MIB };
    slabs.release({ start: 0, size: 4096 }, { start: 0, size: 8192 });
    assert.equal(slabs.committedBytes, 8 * MIB, 'others still live in that slab');
    slabs.release({ start: 4 * MIB, size: 4 * MIB }, whole);
    assert.equal(slabs.committedBytes, 4 * MIB);
    slabs.release({ start: 0, size: 2 * MIB }, whole);
    slabs.release({ start: 2 * MIB, size: 2 * MIB }, whole);
    assert.equal(slabs.committedBytes, 2 * MIB);
  });
});
