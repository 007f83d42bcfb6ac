import { Delivery, newStats } from './delivery.js';
import { FrameQueue } from './frame-queue.js';
import type { FrameHandler, Wire } from './wire.js';

export interface WirePairOptions {
  /** Names of the two ends. Default `pair:0a` and `pair:0b`, counted up. */
  names?: readonly [string, string];
  /** Largest frame in bytes, Ethernet header included. Default 9216 (jumbo). */
  maxFrame?: number;
  /** How many frames may wait for one end. Default 1024. */
  queueFrames?: number;
  /** How many bytes may wait for one end. Default 4 MiB. */
  queueBytes?: number;
}

let pairs = 0;

/**
 * Two ends of a link in this process: what one sends the other receives, in order, in the next turn of the event loop,
 * as one batch a turn. A frame is copied once. Nothing depends on time or chance: the same sends give the same batches.
 * A sender whose peer's queue is full, or whose peer is closed, gets `false` and counts `txDropped`.
 */
export function wirePair(options: WirePairOptions = {}): [Wire, Wire] {
  const id = pairs++;
  const [nameA, nameB] = options.names ?? [`pair:${id}a`, `pair:${id}b`];
  const a = new PairEnd(nameA, options);
  const b = new PairEnd(nameB, options);
  a.peer = b;
  b.peer = a;
  return [a, b];
}

class PairEnd implements Wire {
  readonly maxFrame: number;
  readonly stats = newStats();
  peer!: PairEnd;
  #closed = false;
  readonly #inbox: FrameQueue;
  readonly #delivery: Delivery;

  constructor(
    readonly name: string,
    { maxFrame = 9216, queueFrames = 1024, queueBytes = 4 << 20 }: WirePairOptions,
  ) {
    this.maxFrame = maxFrame;
    this.#inbox = new FrameQueue(queueFrames, queueBytes);
    this.#delivery = new Delivery(
      () => this.#inbox.take(),
      () => this.#inbox.length,
      this.stats,
    );
  }

  send(frame: Uint8Array): boolean {
    const { length } = frame;
    if (this.#closed || length === 0 || length > this.maxFrame || !this.peer.#receive(frame)) {
      this.stats.txDropped++;
      return false;
    }
    this.stats.txFrames++;
    this.stats.txBytes += length;
    return true;
  }

  #receive(frame: Uint8Array): boolean {
    if (this.#closed || !this.#inbox.push(frame)) return false;
    this.#delivery.schedule();
    return true;
  }

  /** Nothing to do: a sent frame already waits at the peer. */
  flush(): void {}

  onFrames(handler: FrameHandler): void {
    this.#delivery.setHandler(handler);
  }

  /** A link in memory cannot fail by itself. */
  onError(): void {}

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#delivery.stop();
    this.stats.rxDropped += this.#inbox.length;
    this.#inbox.clear();
  }
}
