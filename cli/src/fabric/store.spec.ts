import assert from 'node:assert/strict';
import { parseStore } from './store.js';

describe('The option --store', () => {
  it('takes a kind, and a folder for LMDB', () => {
    assert.deepEqual(parseStore('memory'), { kind: 'memory' });
    assert.deepEqual(parseStore('lmdb'), { kind: 'lmdb' });
    assert.deepEqual(parseStore('lmdb:/var/lib/bb'), { kind: 'lmdb', path: '/var/lib/bb' });
  });

  for (const wrong of ['', 'lmdb:', 'sqlite:x']) {
    it(`refuses "${wrong}"`, () => assert.throws(() => parseStore(wrong), /memory, lmdb or lmdb:FOLDER/));
  }
});
