import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from './lmdb-store.js';

describe('The LMDB store', () => {
  let folder: string;
  const opened: LmdbStore[] = [];
  const open = (path = folder): LmdbStore => {
    const store = LmdbStore.open(path);
    opened.push(store);
    return store;
  };
  const file = () => join(folder, 'intent.mdb');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bluebridge-store-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  it('holds after it is opened again what was committed, in order of keys', async () => {
    const first = open();
    await first.commit(
      new Map([
        ['b', '2'],
        ['a', '1'],
        ['c', '3'],
      ]),
    );
    await first.commit(
      new Map([
        ['b', undefined],
        ['c', '4'],
      ]),
    );
    await first.close();
    assert.deepEqual(
      [...(await open().load())],
      [
        ['a', '1'],
        ['c', '4'],
      ],
    );
  });

  it('holds what was committed by a process that was killed at once afterwards', async () => {
    const script = `import { LmdbStore } from ${JSON.stringify(new URL('./lmdb-store.ts', import.meta.url).href)};
      const store = LmdbStore.open(${JSON.stringify(folder)});
      await store.commit(new Map(Array.from({ length: 1000 }, (_, i) => [String(i), 'x'])));
      process.kill(process.pid, 'SIGKILL');`;
    const args = ['--conditions=source', '--import=tsx', '--input-type=module', '-e', script];
    const [, signal] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
    assert.equal(signal, 'SIGKILL');
    assert.equal((await open().load()).size, 1000);
  });

  it('is for its user only', () => {
    open();
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
    open(join(folder, 'new'));
    assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o700);
  });

  it('refuses what another controller uses, and says which process that is', async () => {
    const first = open();
    assert.throws(() => open(), { code: 'STORE_LOCKED', message: new RegExp(`process ${process.pid}`) });
    await first.close();
    open();
  });

  it('refuses a file of something else and leaves it alone', () => {
    writeFileSync(file(), 'somebody else wrote this '.repeat(1000));
    const before = readFileSync(file());
    assert.throws(() => open(), { code: 'STORE_FOREIGN', message: /no LMDB file/ });
    assert.deepEqual(readFileSync(file()), before);
  });

  it('refuses a file that is cut short', async () => {
    const store = open();
    await store.commit(new Map(Array.from({ length: 1000 }, (_, i) => [String(i), 'x'.repeat(100)])));
    await store.close();
    truncateSync(file(), statSync(file()).size - 4096);
    assert.throws(() => open(), { code: 'STORE_CORRUPT', message: /cut short/ });
    truncateSync(file(), 5000);
    assert.throws(() => open(), { code: 'STORE_CORRUPT', message: /cut short/ });
  });

  it('says where it cannot be', () => {
    writeFileSync(join(folder, 'plain'), '');
    assert.throws(() => open(join(folder, 'plain')), { code: 'STORE_UNAVAILABLE', message: /EEXIST/ });
  });

  it('refuses changes once it is closed', async () => {
    const store = open();
    await store.close();
    await assert.rejects(store.commit(new Map([['a', '1']])), { code: 'STORE_UNAVAILABLE' });
  });
});
