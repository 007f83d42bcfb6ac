const NS_PER_MS = 1_000_000n;
/** What setTimeout takes; it would take more as "at once". */
const LONGEST_MS = 2 ** 31 - 1;

/** Time from outside, so that tests need no sleeping. */
export interface Timers {
  /** Nanoseconds since the Unix epoch. */
  now(): bigint;
  /** Calls back once after so many milliseconds (of 24 days at most); the result cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** The system's clock and timers; a waiting timer does not keep the process alive. */
export const systemTimers: Timers = {
  now: () => BigInt(Date.now()) * NS_PER_MS,
  after(ms, callback) {
    const timer = setTimeout(callback, Math.min(ms, LONGEST_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
