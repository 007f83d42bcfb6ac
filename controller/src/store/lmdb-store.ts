import { closeSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { lockExclusively } from './exclusive.js';
import { checkLmdbFile } from './lmdb-file.js';
import { type Store, StoreError } from './store.js';

const FILE = 'intent.mdb';
/** Errors of the system that mean "no room": ENOSPC, EDQUOT, EFBIG, and LMDB's own for a map that cannot grow. */
const NO_ROOM = new Set([28, 122, 27, -30792]);

const EIO = 5;
/** Bytes. Less than this free is no room. */
const SMALL = 1 << 20;

/**
 * Keeps records in one LMDB file that survives the death of the process and of the machine at any moment: a commit is one transaction, on the disk
 * (fsync) before it returns. Commits are synchronous on purpose: an error is the commit's own, and nothing is half done when the next one begins.
 */
export class LmdbStore implements Store {
  readonly name: string;
  private closed = false;

  private constructor(
    private readonly path: string,
    private readonly database: RootDatabase<string, string>,
    private readonly unlock: () => void,
  ) {
    this.name = `lmdb:${path}`;
  }

  /**
   * @param path a folder for the store alone; made, for this user only, if it is not there
   * @throws StoreError STORE_LOCKED, STORE_FOREIGN, STORE_CORRUPT, STORE_FULL, STORE_UNAVAILABLE
   */
  static open(path: string): LmdbStore {
    let unlock: (() => void) | undefined;
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      unlock = lockExclusively(join(path, 'lock'));
      const file = join(path, FILE);
      // LMDB would make its files readable to others.
      for (const name of [file, `${file}-lock`]) closeSync(openSync(name, 'a', 0o600));
      checkLmdbFile(file);
      const database = open<string, string>({
        path: file,
        noSubdir: true,
        encoding: 'string',
        overlappingSync: false,
        cache: false,
      });
      return new LmdbStore(path, database, unlock);
    } catch (error) {
      unlock?.();
      throw typed(error, path);
    }
  }

  async load(): Promise<ReadonlyMap<string, string>> {
    try {
      const records = new Map<string, string>();
      for (const { key, value } of this.database.getRange()) records.set(key, value);
      return records;
    } catch (error) {
      throw new StoreError('STORE_CORRUPT', `${this.name} is not readable: ${text(error)}`, { cause: error });
    }
  }

  async commit(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    if (this.closed) throw new StoreError('STORE_UNAVAILABLE', `${this.name} is closed`);
    try {
      this.database.transactionSync(() => {
        for (const [key, value] of changes) {
          if (value === undefined) this.database.removeSync(key);
          else this.database.putSync(key, value);
        }
      });
    } catch (error) {
      throw typed(error, this.path);
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.database.close();
    this.unlock();
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function typed(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code, errno } = error as { code?: unknown; errno?: number };
  const isFull = NO_ROOM.has(Number(code)) || NO_ROOM.has(-Number(errno)) || wasCutShort(code, path);
  if (isFull) {
    const message = `no room to store in ${path}: ${text(error)}; free some, and the controller goes on by itself`;
    return new StoreError('STORE_FULL', message, { cause: error });
  }
  return new StoreError('STORE_UNAVAILABLE', `the store ${path} does not work: ${text(error)}`, {
    cause: error,
  });
}

/** A write that only a part of had room is an input/output error to LMDB. */
function wasCutShort(code: unknown, path: string): boolean {
  if (Number(code) !== EIO) return false;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < SMALL;
}
