import { writeSync } from 'node:fs';
import { MapError } from './errors.js';
import type { Kernel } from './kernel.js';
import { MAP_NORESERVE, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from './linux.js';
import type { Backend, MapStatus, ServeOptions } from './messages.js';
import { Pager } from './pager.js';
import type { PageStore } from './store.js';
import { DiskStore } from './stores/disk.js';
import { MemStore } from './stores/mem.js';
import { RemoteStore } from './stores/remote.js';
import { Userfault } from './userfault.js';

/** Poll handles are collected with their JavaScript object although libuv still polls them. */
const alive = new Set<object>();

/** Serves the faults of one mapping on the event loop of this thread, which must not be one that touches the memory. */
export class Server {
  readonly #poll: { stop(): void; close(): void };
  #scheduled: NodeJS.Immediate | undefined;

  private constructor(
    private readonly userfault: Userfault,
    private readonly pager: Pager,
    private readonly store: PageStore,
    kernel: Kernel,
    private readonly staging: bigint,
  ) {
    // koffi calls back straight from libuv, where exceptions are lost and promises do not run: only note it.
    this.#poll = kernel.poll(userfault.fd, { readable: true }, () => {
      this.#scheduled ??= setImmediate(this.#serve);
    });
    alive.add(this.#poll);
    this.end = async () => {
      alive.delete(this.#poll);
      this.#poll.close();
      if (this.#scheduled) clearImmediate(this.#scheduled);
      try {
        await store.close();
      } finally {
        kernel.munmap(this.staging, kernel.pageSize);
      }
    };
  }

  /** Stop serving, and close the store. Nobody may touch the memory any more. @throws MapError STORE_FAILED */
  readonly end: () => Promise<void>;

  /** @throws MapError */
  static async start(kernel: Kernel, options: ServeOptions): Promise<Server> {
    const { fd, address, bytes, frames, eviction, prefetch, backend } = options;
    const { pageSize } = kernel;
    const store = await openStore(backend, bytes, pageSize);
    const staging = kernel.mmap(null, pageSize, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE);
    if (staging === undefined) {
      await store.close();
      throw new MapError('UNSUPPORTED', `no memory for a page: ${kernel.strerror(kernel.errno())}`);
    }
    const stage = new Uint8Array(kernel.view(staging, pageSize));
    const userfault = new Userfault(kernel, fd, address, bytes);
    const memory = {
      protect: (page: number) => userfault.protect(page),
      unprotect: (page: number) => userfault.unprotect(page),
      wake: (page: number) => userfault.wake(page),
      copyOut: (page: number, into: Uint8Array) => userfault.copyOut(page, into),
      drop: (page: number) => userfault.drop(page),
      install: (page: number, content: Uint8Array, isProtected: boolean) => {
        stage.set(content);
        userfault.install(page, staging, isProtected);
      },
      lose: (page: number, error: Error) => lose(userfault, page, pageSize, error),
    };
    const pager = new Pager({ pages: bytes / pageSize, pageSize, frames, eviction, prefetch }, memory, store);
    return new Server(userfault, pager, store, kernel, staging);
  }

  get status(): MapStatus {
    return { ...this.pager.counters, resident: this.pager.resident };
  }

  get isPersistent(): boolean {
    return this.store.isPersistent;
  }

  /** @throws MapError STORE_FAILED */
  sync(): Promise<void> {
    return this.pager.sync();
  }

  readonly #serve = (): void => {
    this.#scheduled = undefined;
    for (const fault of this.userfault.read()) this.pager.fault(fault);
  };
}

function openStore(backend: Backend, bytes: number, pageSize: number): PageStore | Promise<PageStore> {
  switch (backend.kind) {
    case 'mem':
      return new MemStore();
    case 'disk':
      return new DiskStore(backend, pageSize);
    case 'remote':
      return RemoteStore.open(backend, bytes, pageSize);
  }
}

/**
 * A thread waits in the kernel for a page that cannot be had. No exception can reach it there, and to give it anything else would be
 * to invent data: it gets SIGBUS, which ends the process. (The words go straight to the descriptor: this thread's process.stderr would wait for the
 * main thread, which may be the one that stands still.)
 */
function lose(userfault: Userfault, page: number, pageSize: number, error: Error): void {
  const at = `0x${(page * pageSize).toString(16)}`;
  writeSync(
    2,
    `bluebridge: mapped memory at ${at} is lost: ${error.message}; whoever touches it is ended by SIGBUS\n`,
  );
  if (!userfault.poison(page)) process.kill(process.pid, 'SIGBUS');
}
