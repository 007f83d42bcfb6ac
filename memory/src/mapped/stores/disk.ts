import { closeSync, constants, fdatasyncSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { MapError } from '../errors.js';
import type { PageStore } from '../store.js';

export interface DiskBackend {
  readonly kind: 'disk';
  readonly path: string;
  /** The file must be new, and has no name any more as soon as it is open: it goes with the mapping, however that ends. */
  readonly isTemporary?: boolean;
}

/** Pages in a file, which stays as it is when the mapping ends, unless it is temporary. */
export class DiskStore implements PageStore {
  readonly isPersistent: boolean;
  readonly #fd: number;

  /** @throws MapError STORE_FAILED */
  constructor(
    { path, isTemporary = false }: DiskBackend,
    private readonly pageSize: number,
  ) {
    this.isPersistent = !isTemporary;
    try {
      const { O_RDWR, O_CREAT, O_EXCL } = constants;
      this.#fd = openSync(path, O_RDWR | O_CREAT | (isTemporary ? O_EXCL : 0), 0o600);
      if (isTemporary) unlinkSync(path);
    } catch (cause) {
      throw new MapError('STORE_FAILED', `the file of the pages: ${(cause as Error).message}`, { cause });
    }
  }

  read(page: number, into: Uint8Array): undefined {
    let got = 0;
    while (got < into.length) {
      const n = readSync(this.#fd, into, got, into.length - got, page * this.pageSize + got);
      if (n === 0) break; // behind the end of the file
      got += n;
    }
    into.fill(0, got);
  }

  write(page: number, bytes: Uint8Array): undefined {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, page * this.pageSize + done);
    }
  }

  flush(): undefined {
    fdatasyncSync(this.#fd);
  }

  async close(): Promise<void> {
    closeSync(this.#fd);
  }
}
