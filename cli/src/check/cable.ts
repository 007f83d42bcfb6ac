import type { FrameHandler, Wire } from 'ethernet-wire';
import type { EventQueue } from './queue.js';

export interface Faults {
  /** Shares from 0 to 1, of frames in each direction. */
  readonly loss: number;
  readonly duplicate: number;
  /** A reordered frame takes `REORDER` milliseconds more, so that later ones overtake it. */
  readonly reorder: number;
}

export interface FaultCounts {
  frames: number;
  lost: number;
  duplicated: number;
  reordered: number;
}

/** Milliseconds that a frame takes, and that a reordered one takes more. */
const DELAY = 0.01;
const REORDER = 0.5;

/** All cables of a run, between hosts and the ports of the switch: what they do to frames is drawn from one generator. */
export class Cables {
  readonly counts: FaultCounts = { frames: 0, lost: 0, duplicated: 0, reordered: 0 };
  /** False while the switch is down: nothing gets through. */
  areUp = true;

  constructor(
    private readonly queue: EventQueue,
    private readonly random: () => number,
    public faults: Faults,
  ) {}

  /** The two ends of a cable. Each call of `hostEnd` unplugs the host that was there. */
  lay(name: string): { switchEnd: Wire; hostEnd: () => Wire } {
    const switchEnd = new End(`port of ${name}`, (frame) => this.#carry(frame, host));
    let host = new End(name, () => {});
    return {
      switchEnd,
      hostEnd: () => {
        host.unplug();
        host = new End(name, (frame) => this.#carry(frame, switchEnd));
        return host;
      },
    };
  }

  #carry(frame: Uint8Array, to: End): void {
    const { loss, duplicate, reorder } = this.faults;
    const { counts, random } = this;
    const copies = random() < duplicate ? 2 : 1;
    if (copies === 2) counts.duplicated++;
    for (let copy = 0; copy < copies; copy++) {
      counts.frames++;
      if (random() < loss || !this.areUp) {
        counts.lost++;
        continue;
      }
      const isLate = random() < reorder;
      if (isLate) counts.reordered++;
      this.queue.setTimeout(
        () => {
          if (this.areUp) to.arrive(frame);
        },
        DELAY + (isLate ? REORDER * random() : 0),
      );
    }
  }
}

class End implements Wire {
  readonly maxFrame = 9216;
  readonly stats = { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
  #isPlugged = true;
  #handler: FrameHandler = () => {};

  constructor(
    readonly name: string,
    private readonly carry: (frame: Uint8Array) => void,
  ) {}

  send(frame: Uint8Array): boolean {
    if (!this.#isPlugged) return true;
    this.stats.txFrames++;
    this.stats.txBytes += frame.length;
    this.carry(frame.slice());
    return true;
  }

  arrive(frame: Uint8Array): void {
    if (!this.#isPlugged) return;
    this.stats.rxFrames++;
    this.stats.rxBytes += frame.length;
    this.#handler([frame]);
  }

  unplug(): void {
    this.#isPlugged = false;
  }

  flush(): void {}

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
  }

  onError(): void {}

  async close(): Promise<void> {
    this.unplug();
  }
}
