import type { Timers } from './digests.js';

const NS_PER_MS = 1_000_000n;

/** The system's clock and timers; a waiting timer does not keep the process alive. */
export const systemTimers: Timers = {
  now: () => BigInt(Date.now()) * NS_PER_MS,
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
