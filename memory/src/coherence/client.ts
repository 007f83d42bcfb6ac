import { EVICTIONS, type EvictionName } from '../cache/policy.js';
import { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { CallOptions, MemoryClientOptions } from '../client/options.js';
import { abortable } from '../client/promises.js';
import { transferPages } from '../client/transfer.js';
import type { MemoryAddress } from '../wire/index.js';
import { Access, AccessKind } from './access.js';
import { CoherenceCore } from './core.js';
import type { CoherenceCounters } from './counters.js';
import type { Subscriber } from './subscriptions.js';

export interface CoherentClientOptions extends MemoryClientOptions {
  /** Where the directory is: in the switch, or in the memory server that is home to the page. Default `switch`. */
  directory?: 'switch' | 'home';
  /** Copies kept at most. Default 1024. */
  cachePages?: number;
  /** Which copy goes when there are more. Default `lru`. */
  eviction?: EvictionName;
  /** Pages fetched ahead of sequential reads at most. Default 0. */
  prefetch?: number;
  /** When a write is done: in the cache, and safe on the home after `flush` (default), or on the home. */
  acknowledge?: 'cache' | 'home';
  /** Milliseconds after which the controller is asked to look at a page that nothing comes for. Default 1000. */
  patience?: number;
  /** Tells this client from its earlier lives: milliseconds since 1970 at its start. Default now. */
  incarnation?: number;
  /** A page that was written here, and not flushed, will never be on its home: the session was over before. */
  onLost?: (page: MemoryAddress) => void;
}

/** Bytes of a word for atomic operations. */
const WORD = 8;
/** Milliseconds between two attempts to get a lock, first and at most. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 64;

/**
 * A MemoryClient that keeps copies of pages, coherent with those of all other coherent clients of the fabric (docs/coherence.md): per page, reads and
 * writes are linearizable. A write is done when it is in the cache, and safe on the home when `flush` has been. Errors as those of MemoryClient, and LOST from `flush`.
 */
export class CoherentClient extends MemoryClient {
  readonly #coherence: CoherenceCore;
  readonly #random: () => number;
  readonly #timeout: number;

  /** @throws RangeError for options that cannot be */
  constructor(options: CoherentClientOptions) {
    super(options);
    const { timeout = 10_000, onLost = () => {} } = options;
    this.#random = options.random ?? Math.random;
    this.#timeout = timeout;
    this.#coherence = new CoherenceCore(this.core, {
      client: this.node,
      pageSize: this.pageSize,
      prefix: this.prefix,
      directory: options.directory ?? 'switch',
      cachePages: options.cachePages ?? 1024,
      eviction: options.eviction ?? EVICTIONS[0]!,
      prefetch: options.prefetch ?? 0,
      acknowledge: options.acknowledge ?? 'cache',
      incarnation: options.incarnation ?? Date.now(),
      patience: options.patience ?? 1000,
      timeout,
      onLost: (node, start) => onLost({ node, pointer: BigInt(start) }),
    });
    this.core.extension = this.#coherence;
  }

  /** What the cache has done since this client started. */
  get coherence(): Readonly<CoherenceCounters> {
    return this.#coherence.counters;
  }

  /** Copies kept at the moment. */
  get cachedPages(): number {
    return this.#coherence.cache.copies;
  }

  override async read(
    address: MemoryAddress,
    length: number,
    options: CallOptions & { into?: Uint8Array } = {},
  ): Promise<Uint8Array> {
    this.checkLength(length);
    const { into } = options;
    if (into !== undefined && into.length !== length) {
      const text = `${length} bytes were asked for, and there is room for ${into.length}`;
      throw new MemoryError('BAD_ARGUMENT', text);
    }
    const bytes = into ?? new Uint8Array(length);
    await this.#access(AccessKind.READ, address, length, options, bytes);
    return bytes;
  }

  override async write(address: MemoryAddress, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    this.checkLength(bytes.length);
    await this.#access(AccessKind.WRITE, address, bytes.length, options, bytes);
  }

  override async trim(address: MemoryAddress, length: number, options: CallOptions = {}): Promise<void> {
    this.checkLength(length);
    await this.#access(AccessKind.ZERO, address, length, options);
  }

  /**
   * Change bytes within one page as one step: nobody sees them half changed, and nobody changes them meanwhile.
   * @param change is called once, with the bytes as they are, and changes them in place
   * @throws MemoryError as write; BUSY if the page does not get an entry in the directory in time
   */
  async update(
    address: MemoryAddress,
    length: number,
    change: (bytes: Uint8Array) => void,
    options: CallOptions = {},
  ): Promise<void> {
    const start = this.checkPointer(address.pointer);
    if (length < 1 || (start % this.pageSize) + length > this.pageSize) {
      throw new MemoryError(
        'BAD_ARGUMENT',
        `${length} bytes at ${start} are not within one page of ${this.pageSize}`,
      );
    }
    await this.#access(AccessKind.UPDATE, address, length, options, undefined, change);
  }

  /** Add to a word: 64 bits, big-endian, aligned; it wraps. @returns its value before. @throws MemoryError as update */
  async fetchAdd(address: MemoryAddress, delta: bigint, options: CallOptions = {}): Promise<bigint> {
    return this.#atomic(address, (value) => value + delta, options);
  }

  /**
   * Replace a word by `desired` if it is `expected`. @returns its value before: `expected` means that it was replaced. @throws MemoryError as update
   */
  async compareAndSwap(
    address: MemoryAddress,
    expected: bigint,
    desired: bigint,
    options: CallOptions = {},
  ): Promise<bigint> {
    const wanted = BigInt.asUintN(64, expected);
    return this.#atomic(address, (value) => (value === wanted ? desired : value), options);
  }

  /** Wait for a lock: a word that is 0 while it is free, and this client's node number + 1 while it has it. @throws MemoryError TIMEOUT and those of update */
  async lock(address: MemoryAddress, options: CallOptions = {}): Promise<void> {
    const began = this.clock();
    const mine = BigInt(this.node + 1);
    for (let pause = FIRST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      const holder = await this.compareAndSwap(address, 0n, mine, options);
      if (holder === 0n) return;
      if (this.clock() - began >= this.#timeout) {
        const text = `the lock at ${address.pointer} of node ${address.node} is still held by node ${holder - 1n}`;
        throw new MemoryError('TIMEOUT', text);
      }
      const time = pause * (0.5 + this.#random());
      await new Promise<void>((resolve) => {
        this.timers.setTimeout(resolve, time);
      });
    }
  }

  /** Give a lock back. @throws MemoryError NOT_OWNER if this client does not have it, and those of update */
  async unlock(address: MemoryAddress, options: CallOptions = {}): Promise<void> {
    const mine = BigInt(this.node + 1);
    const holder = await this.compareAndSwap(address, mine, 0n, options);
    if (holder === mine) return;
    const whose = holder === 0n ? 'free' : `held by node ${holder - 1n}`;
    throw new MemoryError('NOT_OWNER', `the lock at ${address.pointer} of node ${address.node} is ${whose}`);
  }

  /** Bring to its home what has been written until now. @throws MemoryError LOST if something that was written since the last flush was lost */
  async flush(): Promise<void> {
    this.checkOpen(undefined);
    await new Promise<void>((resolve, reject) => {
      const done = (error: MemoryError | undefined): void =>
        error === undefined ? resolve() : reject(error);
      this.#coherence.flush(done, this.clock());
      this.afterwards();
    });
  }

  /**
   * Be told when others change a page, or the region of pages it is in: at least once after the last of several changes, and now and then without need.
   * @returns what ends it
   * @throws MemoryError UNCACHED for a page without an entry in the directory, and others
   */
  async subscribe(address: MemoryAddress, changed: () => void): Promise<() => void> {
    this.checkOpen(undefined);
    this.checkNode(address.node);
    const at = this.checkPointer(address.pointer);
    const subscriber: Subscriber = {
      node: address.node,
      start: at - (at % this.pageSize),
      changed,
      changes: undefined,
      begun: undefined,
      operation: undefined,
    };
    await new Promise<void>((resolve, reject) => {
      subscriber.begun = (error) => (error === undefined ? resolve() : reject(error));
      this.#coherence.subscribe(subscriber, this.clock());
      this.afterwards();
    });
    return () => {
      this.#coherence.unsubscribe(subscriber, this.clock());
      this.afterwards();
    };
  }

  /** Flush, give up all copies, and end as MemoryClient does. @throws MemoryError LOST as flush; it is closed all the same */
  override async close(): Promise<void> {
    if (this.isClosed) return super.close();
    try {
      await this.flush();
      this.#coherence.leave();
      this.afterwards();
    } finally {
      await super.close();
    }
  }

  /** End as after a crash: nothing is flushed, nobody is told. */
  async abandon(): Promise<void> {
    await super.close();
  }

  async #atomic(
    address: MemoryAddress,
    change: (value: bigint) => bigint,
    options: CallOptions,
  ): Promise<bigint> {
    if (address.pointer % BigInt(WORD) !== 0n) {
      throw new MemoryError(
        'BAD_ARGUMENT',
        `${address.pointer} is no multiple of ${WORD}: a word is aligned`,
      );
    }
    let before = 0n;
    const step = (bytes: Uint8Array): void => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, WORD);
      before = view.getBigUint64(0);
      view.setBigUint64(0, BigInt.asUintN(64, change(before)));
    };
    await this.update(address, WORD, step, options);
    return before;
  }

  #access(
    kind: AccessKind,
    { node, pointer }: MemoryAddress,
    length: number,
    { signal }: CallOptions,
    bytes?: Uint8Array,
    update?: (bytes: Uint8Array) => void,
  ): Promise<void> | undefined {
    this.checkNode(node);
    const start = this.checkPointer(pointer);
    this.checkOpen(signal);
    const offset = start % this.pageSize;
    const isInPage = length > 0 && offset + length <= this.pageSize;
    if (isInPage && this.#hit(kind, node, start, length, bytes, update)) return undefined;
    const open = new Set<Access>();
    const cancel = (cause: unknown): void => {
      for (const access of open) this.#coherence.cancel(access, cause, this.clock());
      this.afterwards();
    };
    const piece = (from: number, to: number, done: (error: MemoryError | undefined) => void): void => {
      const at = start + from;
      const part = from === 0 && to === length ? bytes : bytes?.subarray(from, to);
      if (this.#hit(kind, node, at, to - from, part, update)) {
        done(undefined);
        return;
      }
      const settled = (error: MemoryError | undefined): void => {
        open.delete(access);
        done(error);
        // One page is lost: the call has failed, the others need not be waited for.
        if (error !== undefined) for (const other of open) this.#coherence.cancel(other, error, this.clock());
      };
      const within = at % this.pageSize;
      const access = new Access(kind, node, at - within, within, to - from, part, update, settled);
      open.add(access);
      this.#coherence.submit(access, this.clock());
    };
    const whole = transferPages(start, length, this.pageSize, this.window, piece);
    this.afterwards();
    return abortable(whole, cancel, signal);
  }

  /** What a copy can do at once. @returns whether it was done */
  #hit(
    kind: AccessKind,
    node: number,
    start: number,
    length: number,
    bytes: Uint8Array | undefined,
    update: ((bytes: Uint8Array) => void) | undefined,
  ): boolean {
    const offset = start % this.pageSize;
    const copy = this.#coherence.hit(node, start - offset, kind !== AccessKind.READ, this.clock());
    if (copy === undefined) return false;
    const part = copy.subarray(offset, offset + length);
    if (kind === AccessKind.READ) bytes!.set(part);
    else if (kind === AccessKind.WRITE) part.set(bytes!);
    else if (kind === AccessKind.ZERO) part.fill(0);
    else update!(part);
    return true;
  }
}
