import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import koffi from 'koffi';
import { StoreError } from './store.js';

/** flock(2): LOCK_EX | LOCK_NB. */
const EXCLUSIVE_NOW = 2 | 4;
const flock = koffi.load(null).func('int flock(int, int)');

/**
 * Keep everybody else off as long as this process lives: the kernel lets go of the lock whatever way it ends, so that nothing stale is ever found.
 * @param path a file of its own for the lock; it stays behind, empty of meaning
 * @returns how to let go
 * @throws StoreError STORE_LOCKED, with the process that has it
 */
export function lockExclusively(path: string): () => void {
  const fd = openSync(path, 'a+', 0o600);
  if (flock(fd, EXCLUSIVE_NOW) !== 0) {
    const holder = Buffer.alloc(16);
    const length = readSync(fd, holder, 0, holder.length, 0);
    closeSync(fd);
    throw new StoreError(
      'STORE_LOCKED',
      `another controller (process ${holder.toString('latin1', 0, length).trim() || 'unknown'}) uses ${path}; ` +
        'stop it first, or give this one a store of its own',
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}
