import { CongestionWindow, type PacingOptions, RttEstimate } from './congestion.js';
import { type Operation, State } from './operation.js';

/** How far a client may run ahead of its oldest open request to one server (docs/protocol.md, Answers). */
export const MAX_AHEAD = 1024;

/** What goes to one server: its own round trip, its own window, its own queue. A slow server does not hold up others. */
export class Lane {
  readonly rtt: RttEstimate;
  readonly window: CongestionWindow;
  /** Operations whose answer may still come in time. */
  inAir = 0;
  lastAnswerAt = Number.NEGATIVE_INFINITY;
  /** Begun and not settled, oldest first. */
  readonly open = new Set<Operation>();
  #begun = 0;
  /** No open operation is older: looked up anew only when the limit seems reached. */
  #oldest = 0;
  #queue: Operation[] = [];
  #head = 0;
  readonly #retries: Operation[] = [];
  /** What waits for no window, queued or to be repeated. */
  readonly #urgent: Operation[] = [];

  constructor(
    readonly node: number,
    pacing: PacingOptions,
  ) {
    this.rtt = new RttEstimate(pacing);
    this.window = new CongestionWindow(pacing.maxWindow);
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get isFull(): boolean {
    return this.inAir >= this.window.size;
  }

  enqueue(operation: Operation): void {
    if (operation.extended?.isUrgent) this.#urgent.push(operation);
    else this.#queue.push(operation);
  }

  retry(operation: Operation): void {
    operation.state = State.RETRY;
    if (operation.extended?.isUrgent) this.#urgent.push(operation);
    else this.#retries.push(operation);
  }

  /** @returns what may be sent now, what is to be repeated first; undefined if there is nothing or the window is full */
  next(): Operation | undefined {
    for (let urgent = this.#urgent.shift(); urgent !== undefined; urgent = this.#urgent.shift()) {
      if (urgent.state === State.QUEUED) this.#begin(urgent);
      if (urgent.state === State.QUEUED || urgent.state === State.RETRY) return urgent;
    }
    if (this.isFull) return undefined;
    for (let again = this.#retries.shift(); again !== undefined; again = this.#retries.shift()) {
      if (again.state === State.RETRY) return again;
    }
    while (this.#head < this.#queue.length) {
      const operation = this.#queue[this.#head]!;
      if (operation.state === State.QUEUED) {
        if (!operation.extended?.isForgotten && this.#isTooFarAhead()) return undefined;
        this.#begin(operation);
      }
      this.#head++;
      if (this.#head === this.#queue.length || this.#head === 1024) {
        this.#queue = this.#queue.slice(this.#head);
        this.#head = 0;
      }
      if (operation.state === State.QUEUED) return operation;
    }
    return undefined;
  }

  /** Take everything that was never sent out of the queue. */
  takeQueued(): Operation[] {
    const queued = this.#queue.slice(this.#head).filter(({ state }) => state === State.QUEUED);
    this.#queue = [];
    this.#head = 0;
    return queued;
  }

  #begin(operation: Operation): void {
    if (operation.extended?.isForgotten) return;
    operation.serial = this.#begun++;
    this.open.add(operation);
  }

  #isTooFarAhead(): boolean {
    if (this.#begun - this.#oldest < MAX_AHEAD) return false;
    const [oldest] = this.open;
    this.#oldest = oldest?.serial ?? this.#begun;
    return this.#begun - this.#oldest >= MAX_AHEAD;
  }
}
