import type { Wire } from 'ethernet-wire';
import { systemTimers, type Timers } from '../client/options.js';
import {
  ANYCAST_NODE,
  DEFAULT_MTU,
  DEFAULT_PAGE_SIZE,
  DEFAULT_PREFIX,
  type MacAddress,
  macBytes,
  PROTOCOL_PORT,
} from '../wire/index.js';
import type { AnswerLimits } from './answers.js';
import { isPowerOfTwo } from './buddy.js';
import { ServerCore } from './core.js';
import type { ServerCounters } from './counters.js';
import { DEFAULT_HOME_DIRECTORY, type HomeDirectoryOptions } from './home-directory.js';
import type { StagingLimits } from './staging.js';

export interface MemoryServerOptions {
  /** 0 to 0xfffe. */
  node: number;
  mac: MacAddress;
  /** Bytes, a multiple of the page size. Taken from the system only as it is written to. */
  capacity: number;
  /** Where requests come from. The server owns it from here on, and closes it. */
  wire: Wire;
  /** Bytes, a power of two from 256 to 1 MiB. Default 4096. */
  pageSize?: number;
  /** Of the path to the clients, bytes. Default 1500. */
  mtu?: number;
  /** First 16 bits of the fabric's addresses. Default `fdbb`. */
  prefix?: number;
  /** Default 5000. */
  port?: number;
  /** Milliseconds that a client is asked to wait when the server is BUSY, 1 to 255. Default 20. */
  busyHint?: number;
  /** Keep the directory for cached copies of this server's pages (`coherence: home`): for fabrics whose switch does not. Default: no. */
  directory?: boolean | Partial<HomeDirectoryOptions>;
  /** What is remembered for the sake of exactly-once. */
  answers?: AnswerLimits;
  /** What is held of WRITEs that are not complete. */
  staging?: StagingLimits;
  /** Milliseconds, never running backwards. Default performance.now. */
  clock?: () => number;
  /** Where pages are protected by capabilities: the switch, of which the server gets its key. Six bytes' MAC address. */
  keyFrom?: MacAddress;
  /** For what is to be done later. Default the system's. */
  timers?: Timers;
  /** Told apart from the server's earlier lives by this: milliseconds since 1970. Default now. */
  incarnation?: bigint;
}

/** What a person wants to know of a server. */
export interface MemoryServerStatus {
  capacity: number;
  allocatedBytes: number;
  freeBytes: number;
  allocations: number;
  /** Of other nodes, moved here. */
  guestBytes: number;
  guestAllocations: number;
  /** Taken from the system. */
  committedBytes: number;
  /** WRITEs that wait for chunks, and those given up. */
  stagedWrites: number;
  expiredWrites: number;
  rememberedAnswers: number;
}

/** Milliseconds between two askings for a key. */
const ASK_AGAIN = 250;
const SMALLEST_PAGE = 256;
const LARGEST_PAGE = 1 << 20;

/**
 * A node that keeps memory for others: answers what comes over its wire.
 * @throws RangeError for options that cannot be
 */
export class MemoryServer {
  readonly node: number;
  readonly #core: ServerCore;
  readonly #wire: Wire;
  #closed = false;
  #stopAsking = (): void => {};

  constructor(options: MemoryServerOptions) {
    const {
      node,
      mac,
      capacity,
      wire,
      pageSize = DEFAULT_PAGE_SIZE,
      mtu = DEFAULT_MTU,
      prefix = DEFAULT_PREFIX,
      port = PROTOCOL_PORT,
      busyHint = 20,
      clock = () => performance.now(),
      incarnation = BigInt(Date.now()),
      timers = systemTimers,
    } = options;
    if (!Number.isInteger(node) || node < 0 || node >= ANYCAST_NODE) {
      throw new RangeError(`node ${node} is not a whole number from 0 to ${ANYCAST_NODE - 1}`);
    }
    if (!isPowerOfTwo(pageSize) || pageSize < SMALLEST_PAGE || pageSize > LARGEST_PAGE) {
      throw new RangeError(
        `a page size of ${pageSize} bytes is not a power of two from ${SMALLEST_PAGE} to ${LARGEST_PAGE}`,
      );
    }
    if (wire.maxFrame < mtu + 14) {
      throw new RangeError(
        `wire ${wire.name} takes ${wire.maxFrame} bytes a frame, an MTU of ${mtu} needs ${mtu + 14}`,
      );
    }
    this.node = node;
    this.#wire = wire;
    const { answers, staging, directory = false } = options;
    this.#core = new ServerCore(
      {
        node,
        mac: macBytes(mac),
        capacity,
        pageSize,
        mtu,
        prefix,
        port,
        busyHint,
        incarnation,
        answers,
        staging,
        directory:
          directory === false
            ? undefined
            : { ...DEFAULT_HOME_DIRECTORY, ...(directory === true ? {} : directory) },
      },
      (frame) => wire.send(frame),
    );
    wire.onFrames((frames) => {
      if (this.#closed) return;
      const now = clock();
      for (const frame of frames) this.#core.receive(frame, now);
      wire.flush();
    });
    if (options.keyFrom !== undefined) this.#askForKey(macBytes(options.keyFrom), timers);
  }

  /** Until there is one: the controller may not be there yet. */
  #askForKey(gatewayMac: Uint8Array, timers: Timers): void {
    if (this.#closed || this.#core.hasKey) return;
    this.#core.askForKey(gatewayMac);
    this.#wire.flush();
    const timer = timers.setTimeout(() => this.#askForKey(gatewayMac, timers), ASK_AGAIN);
    this.#stopAsking = () => timers.clearTimeout(timer);
  }

  get counters(): Readonly<ServerCounters> {
    return this.#core.counters;
  }

  get status(): MemoryServerStatus {
    const { allocator, slabs, guests, staging, answers } = this.#core;
    return {
      capacity: allocator.capacity,
      allocatedBytes: allocator.allocatedBytes,
      freeBytes: allocator.freeBytes,
      allocations: allocator.allocations,
      guestBytes: guests.bytes,
      guestAllocations: guests.allocations,
      committedBytes: slabs.committedBytes + guests.committedBytes,
      stagedWrites: staging.size,
      expiredWrites: staging.expired,
      rememberedAnswers: answers.size,
    };
  }

  /** Stop answering and close the wire. What was stored is gone. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopAsking();
    await this.#wire.close();
  }
}
