import type { Wire } from 'ethernet-wire';
import {
  ANYCAST_NODE,
  DEFAULT_MTU,
  DEFAULT_PAGE_SIZE,
  DEFAULT_PREFIX,
  formatAddress,
  MAX_ALLOCATION,
  type MemoryAddress,
  type Message,
  type MoveStep,
  macBytes,
  Op,
  type OpName,
  PROTOCOL_PORT,
} from '../wire/index.js';
import { ClientCore } from './core.js';
import type { ClientCounters } from './counters.js';
import { MemoryError } from './errors.js';
import type { Latency } from './latency.js';
import { Operation } from './operation.js';
import {
  type CallOptions,
  type MemoryClientOptions,
  type Region,
  systemTimers,
  type Timers,
} from './options.js';
import { abortable } from './promises.js';
import { transferPages } from './transfer.js';

/** Milliseconds between the moment at which an answer is missing and what is done about it: as long as this process stood still. */
const SHORTEST_GRACE = 10;
const LONGEST_GRACE = 50;

/**
 * Remote memory, by its addresses. Every call is settled: with what was asked, or with a MemoryError that says what was asked
 * of whom and what came of it. Ranges over several pages are many requests in flight; if one fails, others may have
 * taken effect. A page is read and written whole or not at all.
 */
export class MemoryClient {
  readonly node: number;
  readonly pageSize: number;
  readonly prefix: number;
  protected readonly core: ClientCore;
  readonly #wire: Wire;
  protected readonly clock: () => number;
  protected readonly timers: Timers;
  protected readonly window: number;
  #timer: unknown;
  #timerAt = Number.POSITIVE_INFINITY;
  /** No tick before this, when one is put off. */
  #graceUntil = Number.NEGATIVE_INFINITY;
  #closed = false;

  /** @throws RangeError for options that cannot be */
  constructor(options: MemoryClientOptions) {
    const {
      node,
      wire,
      pageSize = DEFAULT_PAGE_SIZE,
      mtu = DEFAULT_MTU,
      prefix = DEFAULT_PREFIX,
      port = PROTOCOL_PORT,
      window = 64,
      random = Math.random,
      clock = () => performance.now(),
      timers = systemTimers,
    } = options;
    if (!Number.isInteger(node) || node < 0 || node > ANYCAST_NODE) {
      throw new RangeError(`node ${node} is not a whole number from 0 to ${ANYCAST_NODE}`);
    }
    if (!Number.isInteger(window) || window < 1)
      throw new RangeError(`a window of ${window} is not at least 1`);
    if (wire.maxFrame < mtu + 14) {
      throw new RangeError(
        `wire ${wire.name} takes ${wire.maxFrame} bytes a frame, an MTU of ${mtu} needs ${mtu + 14}`,
      );
    }
    this.node = node;
    this.pageSize = pageSize;
    this.prefix = prefix;
    this.#wire = wire;
    this.clock = clock;
    this.timers = timers;
    this.window = window;
    this.core = new ClientCore(
      {
        node,
        mac: macBytes(options.mac),
        gatewayMac: macBytes(options.gatewayMac),
        prefix,
        port,
        clientPort: options.clientPort ?? 49152 + Math.floor(random() * 16384),
        mtu,
        pageSize,
        capable: options.protection === 'capability',
        firstTag: Math.floor(random() * 2 ** 32),
        maxAttempts: options.maxAttempts ?? 12,
        timeout: options.timeout ?? 10_000,
        initialRto: options.initialRto ?? 200,
        minRto: options.minRto ?? 40,
        maxRto: options.maxRto ?? 2000,
        maxWindow: window,
        random,
      },
      (frame) => wire.send(frame),
    );
    wire.onFrames((frames) => {
      if (this.#closed) return;
      const now = clock();
      for (const frame of frames) this.core.receive(frame, now);
      this.afterwards();
    });
    wire.onError((cause) => {
      this.#shut(
        (asked) => new MemoryError('WIRE_FAILED', `${wire.name} broke: ${cause.message}`, { cause, asked }),
      );
    });
  }

  get counters(): Readonly<ClientCounters> {
    return this.core.counters;
  }

  /** How long operations took, by kind, in microseconds from the first sending to the answer. */
  latencies(): Partial<Record<OpName, Latency>> {
    return this.core.latencies.summary();
  }

  resetLatencies(): void {
    this.core.latencies.reset();
  }

  /** What this client thinks of the way to one node. `roundTrip` in milliseconds, once something was answered. */
  path(node: number): { window: number; roundTrip: number | undefined; open: number; queued: number } {
    const lane = this.core.lane(node);
    return {
      window: lane.window.size,
      roundTrip: lane.rtt.smoothed,
      open: lane.open.size,
      queued: lane.queued,
    };
  }

  /**
   * Memory that reads zero, at least so many bytes: a power of two of at least a page.
   * @param options.node who shall keep it; default: whom the fabric chooses
   * @throws MemoryError NO_MEMORY and others
   */
  async alloc(bytes: number, options: CallOptions & { node?: number } = {}): Promise<Region> {
    const node = options.node ?? ANYCAST_NODE;
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > MAX_ALLOCATION) {
      throw new MemoryError('BAD_ARGUMENT', `an allocation has 1 to ${MAX_ALLOCATION} bytes, not ${bytes}`);
    }
    return this.#ask(Op.ALLOC, { node, pointer: 0n, length: bytes }, options, (answer) => ({
      node: answer.node,
      pointer: answer.pointer,
      length: answer.length,
    }));
  }

  /** @param address the start of an allocation. @returns bytes given back. @throws MemoryError NOT_ALLOCATED and others */
  async free(address: MemoryAddress, options: CallOptions = {}): Promise<number> {
    const { node, pointer } = address;
    return this.#ask(Op.FREE, { node, pointer, length: 0 }, options, (answer) => answer.length);
  }

  /**
   * @param options.into where to put the bytes, exactly `length` of them: saves an allocation; after an error they are undefined
   * @returns the bytes, in memory of their own unless `into` was given
   * @throws MemoryError NO_PERMISSION, OUT_OF_BOUNDS and others
   */
  async read(
    address: MemoryAddress,
    length: number,
    options: CallOptions & { into?: Uint8Array } = {},
  ): Promise<Uint8Array> {
    this.checkLength(length);
    const { into } = options;
    if (into !== undefined && into.length !== length) {
      throw new MemoryError(
        'BAD_ARGUMENT',
        `${length} bytes were asked for, and there is room for ${into.length}`,
      );
    }
    const bytes = into ?? new Uint8Array(length);
    await this.#pages(Op.READ, address, length, options, bytes);
    return bytes;
  }

  /** The bytes may be changed by the caller when the promise is settled. @throws MemoryError as read */
  async write(address: MemoryAddress, bytes: Uint8Array, options: CallOptions = {}): Promise<void> {
    this.checkLength(bytes.length);
    await this.#pages(Op.WRITE, address, bytes.length, options, bytes);
  }

  /** Zero a range. @throws MemoryError as write */
  async trim(address: MemoryAddress, length: number, options: CallOptions = {}): Promise<void> {
    this.checkLength(length);
    await this.#pages(Op.TRIM, address, length, options);
  }

  /**
   * Let another client use whole pages of an allocation of one's own.
   * @param rights bits of `wire.Right`; they replace what was granted before
   * @throws MemoryError NOT_OWNER, NO_SUCH_NODE and others
   */
  async grant(range: Region, grantee: number, rights: number, options: CallOptions = {}): Promise<void> {
    if (!Number.isInteger(rights) || rights < 1 || rights > 7) {
      throw new MemoryError(
        'BAD_ARGUMENT',
        `rights ${rights} are not bits of 1 (read), 2 (write) and 4 (owner)`,
      );
    }
    this.#checkWholePages(range);
    await this.#ask(Op.GRANT, range, options, () => {}, rights, this.checkNode(grantee));
  }

  /** Take back whatever was granted on whole pages. @throws MemoryError NOT_OWNER, NO_SUCH_NODE and others */
  async revoke(range: Region, grantee: number, options: CallOptions = {}): Promise<void> {
    this.#checkWholePages(range);
    await this.#ask(Op.REVOKE, range, options, () => {}, 0, this.checkNode(grantee));
  }

  /**
   * One step of moving an allocation to another server (docs/protocol.md, "Moving memory"): for the controller, which is node `ffff`.
   * @param region the whole allocation
   * @returns the answer's number and payload, as the step has them
   * @throws MemoryError NOT_ALLOCATED, BAD_OPERATION for a step that is not the next one, and others
   */
  async move(
    region: Region,
    step: MoveStep,
    payload: Uint8Array,
    options: CallOptions & { arg?: number } = {},
  ): Promise<{ length: number; payload: Uint8Array }> {
    this.checkNode(region.node);
    const start = this.checkPointer(region.pointer);
    this.checkOpen(options.signal);
    let operation!: Operation;
    const promise = new Promise<{ length: number; payload: Uint8Array }>((resolve, reject) => {
      const done = (error: MemoryError | undefined, answer: Message | undefined): void => {
        if (error !== undefined) reject(error);
        else resolve({ length: answer!.length, payload: operation.told! });
      };
      const { node, length } = region;
      operation = new Operation(Op.MOVE, node, start, length, done, payload, step, options.arg);
    });
    this.#submit(operation);
    return abortable(promise, (cause) => this.#cancel(operation, cause), options.signal);
  }

  /** Reject what is open with CLOSED, and close the wire. Idempotent. */
  async close(): Promise<void> {
    this.#shut((asked) => MemoryError.closed(asked));
    await this.#wire.close();
  }

  #pages(
    op: number,
    { node, pointer }: MemoryAddress,
    length: number,
    { signal }: CallOptions,
    bytes?: Uint8Array,
  ): Promise<void> {
    this.checkNode(node);
    const start = this.checkPointer(pointer);
    this.checkOpen(signal);
    if (length > 0 && (start % this.pageSize) + length <= this.pageSize) {
      return this.#request(op, node, start, length, signal, undefined, bytes);
    }
    const open = new Set<Operation>();
    const cancel = (cause: unknown): void => {
      for (const operation of open) this.#cancel(operation, cause);
    };
    const piece = (from: number, to: number, done: (error: MemoryError | undefined) => void): void => {
      const part = from === 0 && to === length ? bytes : bytes?.subarray(from, to);
      const settled = (error: MemoryError | undefined): void => {
        open.delete(operation);
        done(error);
        // One page is lost: the call has failed, the others need not be waited for.
        if (error !== undefined) cancel(error);
      };
      const operation = new Operation(op, node, start + from, to - from, settled, part);
      open.add(operation);
      this.#submit(operation);
    };
    const whole = transferPages(start, length, this.pageSize, this.window, piece);
    return abortable(whole, cancel, signal);
  }

  #ask<Result>(
    op: number,
    { node, pointer, length }: Region,
    { signal }: CallOptions,
    result: (answer: Message) => Result,
    flags = 0,
    arg = 0,
  ): Promise<Result> {
    this.checkNode(node, ANYCAST_NODE);
    const start = this.checkPointer(pointer);
    this.checkOpen(signal);
    return this.#request(op, node, start, length, signal, result, undefined, flags, arg);
  }

  /** One operation, as a promise of what `result` makes of its answer. */
  #request<Result>(
    op: number,
    node: number,
    start: number,
    length: number,
    signal: AbortSignal | undefined,
    result: ((answer: Message) => Result) | undefined,
    bytes?: Uint8Array,
    flags = 0,
    arg = 0,
  ): Promise<Result> {
    let operation!: Operation;
    const promise = new Promise<Result>((resolve, reject) => {
      const done = (error: MemoryError | undefined, answer: Message | undefined): void => {
        if (error !== undefined) reject(error);
        else resolve(result?.(answer!) as Result);
      };
      operation = new Operation(op, node, start, length, done, bytes, flags, arg);
    });
    this.#submit(operation);
    return abortable(promise, (cause) => this.#cancel(operation, cause), signal);
  }

  #cancel(operation: Operation, cause: unknown): void {
    this.core.cancel(operation, cause, this.clock());
    this.afterwards();
  }

  protected get isClosed(): boolean {
    return this.#closed;
  }

  protected checkOpen(signal: AbortSignal | undefined): void {
    if (this.#closed) throw MemoryError.closed();
    if (!signal?.aborted) return;
    throw new MemoryError('ABORTED', 'aborted by the caller before anything was sent', {
      cause: signal.reason,
    });
  }

  #submit(operation: Operation): void {
    this.core.submit(operation, this.clock());
    this.afterwards();
  }

  /** Send what was queued, and see to it that `tick` comes in time. */
  protected afterwards(): void {
    this.#wire.flush();
    const { core } = this;
    const due = Math.min(core.nextDeadline, core.extension?.nextDeadline ?? Number.POSITIVE_INFINITY);
    const next = Math.max(due, this.#graceUntil);
    if (next >= this.#timerAt) return;
    if (this.#timer !== undefined) this.timers.clearTimeout(this.#timer);
    this.#timerAt = next;
    this.#timer = this.timers.setTimeout(this.#tick, Math.max(0, next - this.clock()));
  }

  readonly #tick = (): void => {
    const now = this.clock();
    const late = now - this.#timerAt;
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    if (this.#graceUntil === Number.NEGATIVE_INFINITY && this.core.isAnyMissing(now)) {
      // After a pause of this process timers come first, and the answers wait to be read: read them before missing them.
      this.#graceUntil = now + Math.min(Math.max(late, SHORTEST_GRACE), LONGEST_GRACE);
    } else {
      this.#graceUntil = Number.NEGATIVE_INFINITY;
      this.core.tick(now);
      this.core.extension?.tick(now);
    }
    this.afterwards();
  };

  #shut(error: Parameters<ClientCore['failAll']>[0]): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer !== undefined) this.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.core.failAll(error, this.clock());
    this.core.extension?.failAll(error);
  }

  protected checkPointer(pointer: bigint): number {
    const start = Number(pointer);
    if (Number.isSafeInteger(start) && start >= 0) return start;
    throw new MemoryError('BAD_ARGUMENT', `pointer ${pointer} is not from 0 to 2^53 - 1`);
  }

  protected checkLength(length: number): number {
    if (Number.isSafeInteger(length) && length >= 0) return length;
    throw new MemoryError('BAD_ARGUMENT', `a length of ${length} bytes is not a whole number from 0 on`);
  }

  protected checkNode(node: number, max = ANYCAST_NODE - 1): number {
    if (Number.isInteger(node) && node >= 0 && node <= max) return node;
    throw new MemoryError('BAD_ARGUMENT', `node ${node} is not a whole number from 0 to ${max}`);
  }

  #checkWholePages({ node, pointer, length }: Region): void {
    const { pageSize, prefix } = this;
    if (
      pointer % BigInt(pageSize) === 0n &&
      length > 0 &&
      length % pageSize === 0 &&
      length <= MAX_ALLOCATION
    ) {
      return;
    }
    const text = `${length} bytes at ${formatAddress({ prefix, node, pointer })}`;
    throw new MemoryError(
      'BAD_ARGUMENT',
      `rights are given for whole pages of ${pageSize} bytes, not ${text}`,
    );
  }
}
