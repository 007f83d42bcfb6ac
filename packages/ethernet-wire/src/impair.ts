import type { FrameHandler, Wire } from './wire.js';

export interface ImpairOptions {
  /** Probabilities from 0 to 1, each drawn for itself for every frame. Default 0. */
  loss?: number;
  duplicate?: number;
  /** A reordered frame is held back by `reorderMs` on top of `delayMs`, so that later ones overtake it. */
  reorder?: number;
  /** One bit of the frame is flipped. */
  corrupt?: number;
  /** Every frame is delayed by this. Default 0: frames pass at once. */
  delayMs?: number;
  /** Default 2. */
  reorderMs?: number;
  /** Which frames: those sent on the wire, those received from it, or both. Default both. */
  direction?: 'send' | 'receive' | 'both';
  /** Held back frames at most; more are lost and counted as `overflowed`. Default 10,000. */
  queueFrames?: number;
  /** Numbers from 0 to below 1. Default `seededRandom(1)`: the same frames meet the same fate in every run. */
  random?: () => number;
  clock?: Clock;
}

/** Time comes from outside, so that tests need not wait. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export interface ImpairCounts {
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  overflowed: number;
}

export interface ImpairedWire extends Wire {
  /** What was done to frames, both directions together. `stats` are those of the wire inside. */
  readonly impairments: Readonly<ImpairCounts>;
}

const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/**
 * A wire that loses, duplicates, reorders, delays and corrupts what goes through another. Frames that it loses
 * count as sent: a network does not tell either. Closing it closes the wire inside.
 * @throws RangeError for a probability outside 0 to 1 or a negative time
 */
export function impair(wire: Wire, options: ImpairOptions = {}): ImpairedWire {
  return new ImpairedWireImpl(wire, options);
}

/** A small, fast, seeded generator (mulberry32): numbers from 0 to below 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class ImpairedWireImpl implements ImpairedWire {
  readonly impairments: ImpairCounts = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, overflowed: 0 };
  readonly #out: Channel | undefined;
  readonly #in: Channel | undefined;
  #handler: FrameHandler | undefined;

  constructor(
    private readonly wire: Wire,
    options: ImpairOptions,
  ) {
    const { direction = 'both' } = options;
    const checked = check(options);
    if (direction !== 'receive') {
      this.#out = new Channel(checked, this.impairments, (frames) => {
        for (const frame of frames) this.wire.send(frame);
        this.wire.flush();
      });
    }
    if (direction !== 'send') {
      this.#in = new Channel(checked, this.impairments, (frames) => this.#handler?.(frames));
    }
  }

  get name(): string {
    return this.wire.name;
  }
  get maxFrame(): number {
    return this.wire.maxFrame;
  }
  get stats(): Wire['stats'] {
    return this.wire.stats;
  }

  send(frame: Uint8Array): boolean {
    // What the wire would refuse it shall refuse: only good frames enter the network.
    if (this.#out === undefined || this.#out.closed || frame.length === 0 || frame.length > this.maxFrame) {
      return this.wire.send(frame);
    }
    let taken = true;
    for (const copy of this.#out.admit(frame)) taken = this.wire.send(copy) && taken;
    return taken;
  }

  flush(): void {
    this.wire.flush();
  }

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
    const channel = this.#in;
    if (channel === undefined) {
      this.wire.onFrames(handler);
      return;
    }
    this.wire.onFrames((frames) => {
      const passed = frames.flatMap((frame) => channel.admit(frame));
      if (passed.length > 0) handler(passed);
    });
  }

  onError(handler: Parameters<Wire['onError']>[0]): void {
    this.wire.onError((error) => {
      this.#stop();
      handler(error);
    });
  }

  close(): Promise<void> {
    this.#stop();
    return this.wire.close();
  }

  #stop(): void {
    this.#out?.close();
    this.#in?.close();
  }
}

type Checked = Required<Omit<ImpairOptions, 'direction'>>;

function check(options: ImpairOptions): Checked {
  const all: Checked = {
    loss: 0,
    duplicate: 0,
    reorder: 0,
    corrupt: 0,
    delayMs: 0,
    reorderMs: 2,
    queueFrames: 10_000,
    random: seededRandom(1),
    clock: systemClock,
    ...options,
  };
  for (const key of ['loss', 'duplicate', 'reorder', 'corrupt'] as const) {
    if (!(all[key] >= 0 && all[key] <= 1)) {
      throw new RangeError(
        `${key} is ${all[key]}; a probability is a number from 0 to 1, such as 0.05 for 5 %`,
      );
    }
  }
  for (const key of ['delayMs', 'reorderMs'] as const) {
    if (!(all[key] >= 0 && Number.isFinite(all[key]))) {
      throw new RangeError(`${key} is ${all[key]}; expected milliseconds, 0 or more`);
    }
  }
  return all;
}

/** One direction: decides the fate of each frame and holds back those that are not due. */
class Channel {
  closed = false;
  /** In order of due time, and of arrival among equals. */
  readonly #held: { due: number; frame: Uint8Array }[] = [];
  #timer: unknown;

  constructor(
    private readonly options: Checked,
    private readonly counts: ImpairCounts,
    private readonly deliver: (frames: Uint8Array[]) => void,
  ) {}

  /** @returns what passes at once: nothing, the frame, or copies of it */
  admit(frame: Uint8Array): Uint8Array[] {
    const { loss, duplicate, reorder, corrupt, random, delayMs, reorderMs } = this.options;
    // The same number of draws for every frame: to change one probability leaves the fate of others as it was.
    const draws = [random(), random(), random(), random(), random()] as const;
    if (draws[0] < loss) {
      this.counts.lost++;
      return [];
    }
    const copies = [draws[3] < corrupt ? this.#corrupted(frame, draws[4]) : frame];
    if (draws[1] < duplicate) {
      this.counts.duplicated++;
      // A copy: whoever rewrites the first in place must not change the second.
      copies.push(new Uint8Array(copies[0]!));
    }
    let delay = delayMs;
    if (draws[2] < reorder) {
      this.counts.reordered++;
      delay += reorderMs;
    }
    if (delay === 0) return copies;
    for (const copy of copies) this.#hold(copy === frame ? new Uint8Array(frame) : copy, delay);
    return [];
  }

  close(): void {
    this.closed = true;
    this.counts.lost += this.#held.length;
    this.#held.length = 0;
    this.options.clock.clearTimeout(this.#timer);
  }

  #corrupted(frame: Uint8Array, where: number): Uint8Array {
    this.counts.corrupted++;
    const copy = new Uint8Array(frame); // slice() of a Buffer would not copy
    const bit = Math.floor(where * frame.length * 8);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  }

  #hold(frame: Uint8Array, delay: number): void {
    if (this.#held.length >= this.options.queueFrames) {
      this.counts.overflowed++;
      return;
    }
    const due = this.options.clock.now() + delay;
    // Nearly always the last place: only reordered frames are behind.
    let at = this.#held.length;
    while (at > 0 && this.#held[at - 1]!.due > due) at--;
    this.#held.splice(at, 0, { due, frame });
    if (at === 0) this.#arm();
  }

  #arm(): void {
    const { clock } = this.options;
    clock.clearTimeout(this.#timer);
    const first = this.#held[0];
    if (first === undefined) return;
    this.#timer = clock.setTimeout(this.#release, Math.max(0, first.due - clock.now()));
  }

  readonly #release = (): void => {
    const now = this.options.clock.now();
    let count = 0;
    while (count < this.#held.length && this.#held[count]!.due <= now) count++;
    const frames = this.#held.splice(0, count).map(({ frame }) => frame);
    this.#arm();
    if (frames.length > 0) this.deliver(frames);
  };
}
