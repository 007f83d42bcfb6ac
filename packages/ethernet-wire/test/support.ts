import type { Clock, Wire } from 'ethernet-wire';

/** A frame of `length` bytes whose first bytes name it. */
export function numberedFrame(n: number, length = 64): Uint8Array {
  const frame = new Uint8Array(length);
  new DataView(frame.buffer).setUint32(0, n);
  return frame;
}

export function frameNumber(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0);
}

export interface Collector {
  /** Copies of all frames so far. */
  readonly frames: Uint8Array[];
  /** How many frames each call of the handler brought. */
  readonly batches: number[];
  /** Resolves once `count` frames in all have arrived. */
  until(count: number): Promise<Uint8Array[]>;
}

/** Become the wire's receiver and keep what arrives. */
export function collect(wire: Wire): Collector {
  const frames: Uint8Array[] = [];
  const batches: number[] = [];
  let waiter: { count: number; resolve: (frames: Uint8Array[]) => void } | undefined;
  const check = (): void => {
    if (waiter !== undefined && frames.length >= waiter.count) {
      waiter.resolve(frames);
      waiter = undefined;
    }
  };
  wire.onFrames((batch) => {
    batches.push(batch.length);
    for (const frame of batch) frames.push(frame.slice());
    check();
  });
  return {
    frames,
    batches,
    until: (count) =>
      new Promise((resolve) => {
        waiter = { count, resolve };
        check();
      }),
  };
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock that stands still until it is told to advance. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { due: number; callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const timer = { due: this.#now + ms, callback };
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  }

  /** Let time pass, and run what falls due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) break;
      this.clearTimeout(next);
      this.#now = Math.max(this.#now, next.due);
      next.callback();
    }
    this.#now = end;
  }
}
