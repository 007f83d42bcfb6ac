import assert from 'node:assert/strict';
import { WORKLOADS } from './workloads.js';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

describe('workloads', () => {
  it('count words and lines', () => {
    assert.deepEqual(WORKLOADS.wc(bytes('')), { words: 0, lines: 0 });
    assert.deepEqual(WORKLOADS.wc(bytes(' one  two\n\tthree\n\nfour')), { words: 4, lines: 3 });
    assert.deepEqual(WORKLOADS.wc(bytes('end\0\0\0')), { words: 1, lines: 0 });
  });

  it('sort in place', () => {
    const data = bytes('zebra');
    const { sum } = WORKLOADS.sort(data);
    assert.equal(Buffer.from(data).toString(), 'aberz');
    assert.equal(
      sum,
      [...data].reduce((a, b) => a + b),
    );
  });

  it('scan ten times, modulo 2^32', () => {
    assert.deepEqual(WORKLOADS.scan(new Uint8Array(1000).fill(255)), { total: 2_550_000 });
  });

  it('write the same bytes at the same few places each time', () => {
    const [a, b] = [new Uint8Array(100_000), new Uint8Array(100_000)];
    assert.deepEqual(WORKLOADS.focus(a), WORKLOADS.focus(b));
    assert.deepEqual(a, b);
    const touched = a.filter((byte) => byte !== 0).length;
    assert.ok(touched > 1000 && touched <= 2500, `${touched} bytes were written to`);
  });
});
