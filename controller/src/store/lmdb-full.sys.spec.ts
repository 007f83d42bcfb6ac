import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from './lmdb-store.js';

describe('The LMDB store on a disk that is full', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bluebridge-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', folder]);
  });
  afterEach(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });

  it('takes all of a commit or nothing, says so, and goes on when there is room', async () => {
    const store = LmdbStore.open(folder);
    try {
      let taken = 0;
      const two = (i: number) => new Map([`${i}/a`, `${i}/b`].map((key) => [key, 'x'.repeat(5000)]));
      await assert.rejects(
        async () => {
          for (; taken < 100; taken++) await store.commit(two(taken));
        },
        { code: 'STORE_FULL', message: /no room to store/ },
      );
      assert.ok(taken > 0);
      assert.equal((await store.load()).size, 2 * taken);
      await store.commit(new Map([...two(0).keys()].map((key) => [key, undefined])));
      await store.commit(new Map([['small', 'x']]));
      assert.equal((await store.load()).size, 2 * taken - 1);
    } finally {
      await store.close();
    }
  });
});
