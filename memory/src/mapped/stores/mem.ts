import type { PageStore } from '../store.js';

/** Pages in memory of this machine: what paging itself costs, with nothing behind it. */
export class MemStore implements PageStore {
  readonly isPersistent = false;
  readonly #pages = new Map<number, Uint8Array>();

  read(page: number, into: Uint8Array): undefined {
    const bytes = this.#pages.get(page);
    if (bytes) into.set(bytes);
    else into.fill(0);
  }

  write(page: number, bytes: Uint8Array): undefined {
    this.#pages.set(page, bytes.slice());
  }

  flush(): undefined {}

  async close(): Promise<void> {
    this.#pages.clear();
  }
}
