import assert from 'node:assert/strict';
import { parseStore } from './store.js';

describe('The option --store', () => {
  it('takes a kind, and a folder for LMDB', () => {
    assert.deepEqual(parseStore('memory'), { kind: 'memory' });
    assert.deepEqual(parseStore('lmdb'), { kind: 'lmdb' });
    assert.deepEqual(parseStore('lmdb:/var/lib/bb'), { kind: 'lmdb', path: '/var/lib/bb' });
    assert.deepEqual(parseStore('etcd:10.0.0.1:2379,[fd00::1]:2379'), {
      kind: 'etcd',
      hosts: ['http://10.0.0.1:2379', 'http://[fd00::1]:2379'],
    });
  });

  for (const wrong of ['', 'lmdb:', 'sqlite:x', 'etcd:', 'etcd:host']) {
    it(`refuses "${wrong}"`, () =>
      assert.throws(() => parseStore(wrong), /memory, lmdb, lmdb:FOLDER or etcd/));
  }
});
