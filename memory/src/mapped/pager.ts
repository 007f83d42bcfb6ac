import { Evictable, type EvictionPolicy } from '../cache/evictable.js';
import { type EvictionName, newPolicy } from '../cache/policy.js';
import { MapError } from './errors.js';
import { Readahead } from './readahead.js';
import type { PageStore } from './store.js';
import type { Fault, Userfault } from './userfault.js';

/** What the pager does with the memory itself. */
export type PagedMemory = Pick<Userfault, 'protect' | 'unprotect' | 'wake' | 'copyOut' | 'drop'> & {
  /** Put a page there and wake whoever waits for it. */
  install(page: number, bytes: Uint8Array, isProtected: boolean): void;
  /** The page is lost: whoever touches it must not go on. */
  lose(page: number, error: Error): void;
};

export interface PagerOptions {
  readonly pages: number;
  readonly pageSize: number;
  /** Pages that are there at once, at most; 2 or more. */
  readonly frames: number;
  readonly eviction: EvictionName;
  /** Pages fetched ahead of a sequence, at most. */
  readonly prefetch: number;
}

export interface PagerCounters {
  faults: number;
  fetched: number;
  prefetched: number;
  evicted: number;
  writtenBack: number;
}

/** A page that is there. */
class Frame extends Evictable {
  isDirty = false;
  constructor(readonly page: number) {
    super();
  }
}

/** Bytes on their way to the store. */
interface WriteBack {
  bytes: Uint8Array;
  /** Evicted again meanwhile: to be written after `bytes`. */
  newer: Uint8Array | undefined;
  /** The store did not take it, however often it was asked. */
  failed: Error | undefined;
  settled: Promise<void>;
}

/** Write-backs under way at most; each holds a page besides the frames. */
const MAX_WRITE_BACKS = 64;
/** How often a store is asked to take a page. */
const WRITE_ATTEMPTS = 3;

/**
 * Which pages have a frame. A page is put in place write-protected unless a write asked for it; the first write to it faults and makes
 * it dirty. A dirty page is protected, copied out and dropped, and only then written back: who touches it meanwhile gets the copy.
 * Nothing here waits: faults that find no room are taken up again when there is some.
 */
export class Pager {
  readonly counters: PagerCounters = { faults: 0, fetched: 0, prefetched: 0, evicted: 0, writtenBack: 0 };
  readonly #frames = new Map<number, Frame>();
  /** Pages being fetched, and whether a write waits for them. */
  readonly #fetching = new Map<number, { isWrite: boolean }>();
  readonly #writeBacks = new Map<number, WriteBack>();
  readonly #waiting = new Map<number, Fault>();
  readonly #policy: EvictionPolicy;
  readonly #readahead: Readahead;
  /** The page touched last: an access across two pages needs both at once, or would never end. */
  #last = -1;
  readonly #mayGo = (entry: Evictable): boolean => {
    const { page, isDirty } = entry as Frame;
    return page !== this.#last && (!isDirty || this.#writeBacks.size < MAX_WRITE_BACKS);
  };

  constructor(
    private readonly options: PagerOptions,
    private readonly memory: PagedMemory,
    private readonly store: PageStore,
  ) {
    this.#policy = newPolicy(options.eviction);
    // What is fetched ahead must not drive out what it is fetched for.
    this.#readahead = new Readahead(Math.min(options.prefetch, Math.floor(options.frames / 2)));
  }

  /** Pages that are there, or are about to be. */
  get resident(): number {
    return this.#frames.size + this.#fetching.size;
  }

  fault(fault: Fault): void {
    this.counters.faults++;
    this.#serve(fault, true);
  }

  /** Settled when the store has every page as it was at the call, or later. @throws MapError STORE_FAILED */
  async sync(): Promise<void> {
    for (const frame of this.#frames.values()) {
      if (!frame.isDirty) continue;
      while (this.#writeBacks.size >= MAX_WRITE_BACKS && !this.#failure()) {
        await Promise.race([...this.#writeBacks.values()].map(({ settled }) => settled));
      }
      if (frame.isDirty && this.#frames.get(frame.page) === frame) {
        this.memory.protect(frame.page);
        this.#writeBack(frame.page, this.#copyOut(frame.page));
        frame.isDirty = false;
      }
      if (this.#failure()) break;
    }
    for (const [page, { failed, newer, bytes }] of [...this.#writeBacks]) {
      if (failed === undefined) continue;
      this.#writeBacks.delete(page);
      this.#writeBack(page, newer ?? bytes);
    }
    while (this.#writeBacks.size > 0 && !this.#failure()) {
      await Promise.all([...this.#writeBacks.values()].map(({ settled }) => settled));
    }
    const failure = this.#failure();
    if (failure) {
      const text = `pages that were changed could not be written back: ${failure.message}`;
      throw new MapError('STORE_FAILED', text, { cause: failure });
    }
    await this.store.flush();
  }

  #failure(): Error | undefined {
    for (const { failed } of this.#writeBacks.values()) if (failed) return failed;
    return undefined;
  }

  #serve(fault: Fault, isNew: boolean): void {
    const { page, isWrite, isProtection } = fault;
    const frame = this.#frames.get(page);
    if (frame !== undefined) {
      if (isWrite && !frame.isDirty) {
        frame.isDirty = true;
        this.#policy.touch(frame);
        this.memory.unprotect(page);
      } else if (isProtection) this.memory.unprotect(page);
      else this.memory.wake(page);
      return;
    }
    const fetching = this.#fetching.get(page);
    if (fetching !== undefined) {
      fetching.isWrite ||= isWrite;
      return;
    }
    if (!this.#makeRoom()) {
      this.#wait(fault);
      return;
    }
    this.#last = page;
    this.#fetch(page, isWrite);
    if (isNew) this.#fetchAhead(page);
  }

  /** No frame can be had now. */
  #wait(fault: Fault): void {
    const failure = this.#fetching.size === 0 ? this.#failure() : undefined;
    const isStuck = failure && [...this.#writeBacks.values()].every(({ failed }) => failed);
    if (isStuck) this.memory.lose(fault.page, failure);
    else {
      const before = this.#waiting.get(fault.page);
      this.#waiting.set(fault.page, { ...fault, isWrite: fault.isWrite || before?.isWrite === true });
    }
  }

  #fetchAhead(page: number): void {
    const wanted = this.#readahead.fault(page);
    for (let next = page + 1; next <= page + wanted && next < this.options.pages; next++) {
      if (this.#frames.has(next) || this.#fetching.has(next)) continue;
      if (!this.#makeRoom()) return;
      this.counters.prefetched++;
      this.#fetch(next, false);
    }
  }

  /** @returns whether one more page may be there */
  #makeRoom(): boolean {
    while (this.resident >= this.options.frames) {
      const victim = this.#policy.victim(this.#mayGo) as Frame | undefined;
      if (victim === undefined) return false;
      this.#evict(victim);
    }
    return true;
  }

  #evict(frame: Frame): void {
    const { page } = frame;
    this.counters.evicted++;
    this.#policy.remove(frame);
    this.#frames.delete(page);
    if (!frame.isDirty) {
      this.memory.drop(page);
      return;
    }
    this.memory.protect(page);
    const bytes = this.#copyOut(page);
    this.memory.drop(page);
    this.#writeBack(page, bytes);
  }

  #copyOut(page: number): Uint8Array {
    const bytes = new Uint8Array(this.options.pageSize);
    this.memory.copyOut(page, bytes);
    return bytes;
  }

  #fetch(page: number, isWrite: boolean): void {
    this.counters.fetched++;
    const leaving = this.#writeBacks.get(page);
    if (leaving !== undefined) {
      this.#install(page, leaving.newer ?? leaving.bytes, isWrite);
      return;
    }
    const bytes = new Uint8Array(this.options.pageSize);
    let reading: Promise<void> | undefined;
    try {
      reading = this.store.read(page, bytes);
    } catch (error) {
      this.memory.lose(page, error as Error);
      return;
    }
    if (reading === undefined) {
      this.#install(page, bytes, isWrite);
      return;
    }
    const fetching = { isWrite };
    this.#fetching.set(page, fetching);
    reading.then(
      () => {
        this.#fetching.delete(page);
        this.#install(page, bytes, fetching.isWrite);
        this.#resume();
      },
      (error: Error) => {
        this.#fetching.delete(page);
        this.memory.lose(page, error);
        this.#resume();
      },
    );
  }

  #install(page: number, bytes: Uint8Array, isWrite: boolean): void {
    const frame = new Frame(page);
    frame.isDirty = isWrite;
    this.#frames.set(page, frame);
    this.#policy.add(frame);
    this.memory.install(page, bytes, !isWrite);
  }

  #writeBack(page: number, bytes: Uint8Array): void {
    const before = this.#writeBacks.get(page);
    if (before !== undefined && before.failed === undefined) {
      before.newer = bytes;
      return;
    }
    const writeBack: WriteBack = { bytes, newer: undefined, failed: undefined, settled: Promise.resolve() };
    let writing: Promise<void> | undefined;
    try {
      writing = this.store.write(page, bytes);
    } catch (error) {
      writing = Promise.reject(error);
    }
    if (writing === undefined) {
      this.#writeBacks.delete(page);
      this.counters.writtenBack++;
      return;
    }
    this.#writeBacks.set(page, writeBack);
    writeBack.settled = this.#finish(page, writeBack, writing);
  }

  /** Never rejects. */
  async #finish(page: number, writeBack: WriteBack, first: Promise<void> | undefined): Promise<void> {
    let writing = first;
    for (let attempt = 1; ; ) {
      try {
        await writing;
        this.counters.writtenBack++;
        if (writeBack.newer === undefined) break;
        writeBack.bytes = writeBack.newer;
        writeBack.newer = undefined;
        attempt = 1;
      } catch (error) {
        if (attempt++ === WRITE_ATTEMPTS) {
          writeBack.failed = error as Error;
          this.#resume();
          return;
        }
      }
      writing = this.#again(page, writeBack.bytes);
    }
    this.#writeBacks.delete(page);
    this.#resume();
  }

  /** A store's exceptions as rejections. */
  async #again(page: number, bytes: Uint8Array): Promise<void> {
    await this.store.write(page, bytes);
  }

  /** There may be room for who waits. */
  #resume(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const fault of waiting) this.#serve(fault, false);
  }
}
