export interface PacingOptions {
  /** Milliseconds before the first measurement. RFC 6298 §2.1 says 1 s; a rack is faster. */
  initialRto: number;
  /** Milliseconds. RFC 6298 §2.4 says at least 1 s, for the Internet; here it covers a pause of the event loop. */
  minRto: number;
  maxRto: number;
  /** The most operations in the air to one server. */
  maxWindow: number;
}

/** RFC 6928's ten segments, in pages of about three frames. */
const INITIAL_WINDOW = 4;
const CLOCK_GRANULARITY = 1;

/** How long to wait for one server's answer: RFC 6298 §2. */
export class RttEstimate {
  #smoothed = 0;
  #variation = 0;
  #known = false;

  constructor(private readonly options: PacingOptions) {}

  /** Smoothed round trip, milliseconds; undefined before the first measurement. */
  get smoothed(): number | undefined {
    return this.#known ? this.#smoothed : undefined;
  }

  /** @param roundTrip milliseconds, of an answer that names the attempt it answers, so that Karn's doubt does not arise */
  measure(roundTrip: number): void {
    if (!this.#known) {
      this.#known = true;
      this.#smoothed = roundTrip;
      this.#variation = roundTrip / 2;
      return;
    }
    this.#variation += (Math.abs(this.#smoothed - roundTrip) - this.#variation) / 4;
    this.#smoothed += (roundTrip - this.#smoothed) / 8;
  }

  /** Milliseconds to wait for the answer to attempt 0, 1, ...: doubled each time (§5.5). */
  timeout(attempt: number): number {
    const { initialRto, minRto, maxRto } = this.options;
    const base = this.#known
      ? Math.max(minRto, this.#smoothed + Math.max(CLOCK_GRANULARITY, 4 * this.#variation))
      : initialRto;
    return Math.min(maxRto, base * 2 ** attempt);
  }
}

/** How many operations may be in the air to one server: slow start, then additive increase, multiplicative decrease. */
export class CongestionWindow {
  #size: number;
  #threshold: number;
  #lastDecrease = Number.NEGATIVE_INFINITY;
  /** As it was before the last decrease. */
  #former = { size: 0, threshold: 0 };

  constructor(private readonly max: number) {
    this.#size = Math.min(INITIAL_WINDOW, max);
    this.#threshold = max;
  }

  get size(): number {
    return Math.floor(this.#size);
  }

  /** @param full whether the window was what held more back: else there is nothing to learn from an answer */
  answered(full: boolean): void {
    if (!full) return;
    const step = this.#size < this.#threshold ? 1 : 1 / this.#size;
    this.#size = Math.min(this.max, this.#size + step);
  }

  /** Something was lost, or the server was busy. What was sent before the last decrease tells nothing new. */
  lost(sentAt: number, now: number): void {
    if (sentAt <= this.#lastDecrease) return;
    this.#lastDecrease = now;
    this.#former = { size: this.#size, threshold: this.#threshold };
    this.#size = Math.max(1, this.#size / 2);
    this.#threshold = this.#size;
  }

  /** What was taken for lost at the last decrease was only late: undo it (as RFC 3522 and 4015 do for TCP). */
  wasOnlyLate(sentAt: number): void {
    if (sentAt > this.#lastDecrease) return;
    this.#size = Math.max(this.#size, this.#former.size);
    this.#threshold = Math.max(this.#threshold, this.#former.threshold);
  }
}
