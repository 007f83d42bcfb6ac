import type { Store } from './store.js';

/** Keeps records as long as the process lives: for tests, and for a fabric whose switches hold all that is worth keeping. */
export class MemoryStore implements Store {
  readonly name = 'memory';
  private readonly records = new Map<string, string>();

  async load(): Promise<ReadonlyMap<string, string>> {
    return new Map(this.records);
  }

  async commit(changes: ReadonlyMap<string, string | undefined>): Promise<void> {
    for (const [key, value] of changes) {
      if (value === undefined) this.records.delete(key);
      else this.records.set(key, value);
    }
  }

  async close(): Promise<void> {}
}
