/**
 * Where the intent is kept: records under text keys, changed in batches. A record's value is JSON text; what keys and values mean is
 * `records.ts`.
 */
export interface Store {
  /** For logs: `memory`, `lmdb:/var/lib/bluebridge`, `etcd:10.0.0.1:2379`. */
  readonly name: string;
  /** All records. @throws StoreError */
  load(): Promise<ReadonlyMap<string, string>>;
  /**
   * Change records, all or none of those that are passed. Resolves when they would survive the death of the process and, but for the memory
   * store, of the machine.
   * @param changes a value to put, or undefined to delete
   * @throws StoreError; nothing of it may then be acknowledged to anybody
   */
  commit(changes: ReadonlyMap<string, string | undefined>): Promise<void>;
  close(): Promise<void>;
}

/** Stable codes, mirrored in the README. */
export type StoreErrorCode =
  | 'STORE_FULL' // no room: free some, the controller goes on by itself
  | 'STORE_CORRUPT' // not readable, or a record makes no sense
  | 'STORE_FOREIGN' // it belongs to another fabric, a newer version, or is no store of ours
  | 'STORE_LOCKED' // another controller uses it
  | 'STORE_UNAVAILABLE' // cannot be reached or opened
  | 'STORE_DEPOSED'; // another controller is leader now

export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
