import type { FrameHandler, WireStats } from './wire.js';

/**
 * Hands frames to a wire's one handler, in batches, once a turn of the event loop, never on the stack of whoever
 * brought them. setImmediate and not a microtask: two ends that answer each other must not starve timers and sockets.
 */
export class Delivery {
  #handler: FrameHandler | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #closed = false;

  /**
   * @param take gives everything that waits
   * @param stats where delivered frames are counted
   */
  constructor(
    private readonly take: () => readonly Uint8Array[],
    private readonly waiting: () => number,
    private readonly stats: WireStats,
  ) {}

  setHandler(handler: FrameHandler): void {
    this.#handler = handler;
    if (this.waiting() > 0) this.schedule();
  }

  /** Call after a frame came in. */
  schedule(): void {
    if (this.#immediate !== undefined || this.#handler === undefined || this.#closed) return;
    this.#immediate = setImmediate(this.#run);
  }

  stop(): void {
    this.#closed = true;
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  readonly #run = (): void => {
    this.#immediate = undefined;
    const frames = this.take();
    if (frames.length === 0 || this.#handler === undefined) return;
    countReceived(this.stats, frames);
    this.#handler(frames);
  };
}

export function countReceived(stats: WireStats, frames: readonly Uint8Array[]): void {
  let bytes = 0;
  for (let i = 0; i < frames.length; i++) bytes += frames[i]!.length;
  stats.rxFrames += frames.length;
  stats.rxBytes += bytes;
}

export function newStats(): WireStats {
  return { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
}
