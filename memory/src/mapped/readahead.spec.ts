import assert from 'node:assert/strict';
import { Readahead } from './readahead.js';

describe('Readahead', () => {
  it('fetches twice as much with each fault of a sequence, up to its depth', () => {
    const readahead = new Readahead(8);
    const windows: number[] = [];
    for (let page = 10; windows.length < 7; ) {
      const window = readahead.fault(page);
      windows.push(window);
      page += window + 1;
    }
    assert.deepEqual(windows, [0, 1, 2, 4, 8, 8, 8]);
  });

  it('follows several sequences, and takes no other fault for one', () => {
    const readahead = new Readahead(8);
    assert.deepEqual(
      [100, 200, 101, 201, 103, 203].map((p) => readahead.fault(p)),
      [0, 0, 1, 1, 2, 2],
    );
    assert.deepEqual(
      [5, 3, 900, 4].map((p) => readahead.fault(p)),
      [0, 0, 0, 1],
    );
  });

  it('fetches nothing ahead with a depth of 0', () => {
    const readahead = new Readahead(0);
    assert.deepEqual(
      [1, 2, 3].map((p) => readahead.fault(p)),
      [0, 0, 0],
    );
  });
});
