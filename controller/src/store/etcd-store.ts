import type { DeleteBuilder, Etcd3, PutBuilder } from 'etcd3';
import { type Store, StoreError } from './store.js';

/** etcd takes 128 operations in a transaction unless told otherwise (--max-txn-ops). */
const MAX_OPERATIONS = 120;
/** A batch that is too large for one transaction, written down whole before its parts are carried out. */
const BATCH = 'batch';

/** Characters of a batch: etcd takes requests of 1.5 MiB (--max-request-bytes). */
const MAX_BATCH = 500_000;

export interface EtcdStoreOptions {
  readonly client: Etcd3;
  /** In front of every key: `bluebridge/NAME/`. */
  readonly prefix: string;
  /** The key that the leader holds, and the revision of its making: whoever does not hold it any more changes nothing. */
  readonly leader: { readonly key: string; readonly revision: string };
  /** Of one call, milliseconds. */
  readonly timeoutMs: number;
  readonly name: string;
}

/**
 * Keeps records in etcd, for the one controller that leads: every change is a transaction that takes effect only while the leader's key is still that of
 * this term, so that a controller that was deposed and does not know it yet changes nothing. A commit of more than half a megabyte, as a first start may make,
 * is taken part by part in its order.
 */
export class EtcdStore implements Store {
  readonly name: string;

  constructor(private readonly options: EtcdStoreOptions) {
    this.name = options.name;
  }

  async load(): Promise<ReadonlyMap<string, string>> {
    const { client, prefix } = this.options;
    // A write first: what a former leader had under way has happened before it, or never will.
    await this.transaction([client.put(`${prefix}term`).value(this.options.leader.revision)]);
    const all = await this.within(client.getAll().prefix(`${prefix}record/`).strings());
    const records = new Map<string, string>();
    for (const [key, value] of Object.entries(all)) records.set(key.slice(`${prefix}record/`.length), value);
    const batch = await this.within(client.get(prefix + BATCH).string());
    if (batch !== null) {
      const changes = parseBatch(batch);
      await this.carryOut(changes);
      for (const [key, value] of changes) {
        if (value === undefined) records.delete(key);
        else records.set(key, value);
      }
    }
    return records;
  }

  async commit(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    if (changes.size <= MAX_OPERATIONS) return this.transaction([...changes].map((c) => this.operation(c)));
    for (const part of partsOf(changes)) {
      const { client, prefix } = this.options;
      const whole = JSON.stringify([...part].map(([key, value]) => [key, value ?? null]));
      await this.transaction([client.put(prefix + BATCH).value(whole)]);
      await this.carryOut(part);
    }
  }

  async close(): Promise<void> {}

  /** Carry out a batch that is written down; whoever leads next does it again if this is interrupted. */
  private async carryOut(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    const operations = [...changes].map((c) => this.operation(c));
    for (let at = 0; at < operations.length; at += MAX_OPERATIONS) {
      await this.transaction(operations.slice(at, at + MAX_OPERATIONS));
    }
    await this.transaction([this.options.client.delete().key(this.options.prefix + BATCH)]);
  }

  private operation([key, value]: readonly [string, string | undefined]): PutBuilder | DeleteBuilder {
    const { client, prefix } = this.options;
    const full = `${prefix}record/${key}`;
    return value === undefined ? client.delete().key(full) : client.put(full).value(value);
  }

  private async transaction(operations: readonly (PutBuilder | DeleteBuilder)[]): Promise<void> {
    const { client, leader } = this.options;
    const { succeeded } = await this.within(
      client
        .if(leader.key, 'Create', '==', Number(leader.revision))
        .then(...operations)
        .commit(),
    );
    if (!succeeded) {
      throw new StoreError(
        'STORE_DEPOSED',
        `another controller leads, says ${this.name}; nothing was changed`,
      );
    }
  }

  /** By a clock that nobody sets: etcd without a quorum gives no answer at all. */
  private async within<T>(call: Promise<T>): Promise<T> {
    const { timeoutMs } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([call, late]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new StoreError('STORE_UNAVAILABLE', `${this.name}: ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function* partsOf(
  changes: ReadonlyMap<string, string | undefined>,
): Generator<Map<string, string | undefined>> {
  let part = new Map<string, string | undefined>();
  let size = 0;
  for (const [key, value] of changes) {
    const length = key.length + (value?.length ?? 0);
    if (part.size > 0 && size + length > MAX_BATCH) {
      yield part;
      part = new Map();
      size = 0;
    }
    part.set(key, value);
    size += length;
  }
  if (part.size > 0) yield part;
}

function parseBatch(text: string): Map<string, string | undefined> {
  try {
    const pairs = JSON.parse(text) as [string, string | null][];
    return new Map(pairs.map(([key, value]) => [key, value ?? undefined]));
  } catch (error) {
    throw new StoreError('STORE_CORRUPT', `the batch that is under way makes no sense: ${error}`, {
      cause: error,
    });
  }
}
