/** Where time and randomness come from, so that tests and replays decide them. */
export interface Environment {
  /** Microseconds since any fixed moment, never going backwards: timestamps, meters and idle timeouts. */
  now(): number;
  /** A uniformly random integer of 0 .. bound - 1, where 0 < bound <= 2**64. */
  random(bound: bigint): bigint;
  /** Receives log_msg output and failed assertions. */
  log(message: string): void;
}

export function systemEnvironment(): Environment {
  const words = new Uint32Array(2);
  const start = performance.now();
  return {
    now: () => Math.floor((performance.now() - start) * 1000),
    random(bound) {
      globalThis.crypto.getRandomValues(words);
      const value = (BigInt(words[0]!) << 32n) | BigInt(words[1]!);
      // Multiply-shift: the bias is below 2**-64 * bound, as BMv2's uniform_int_distribution makes no promise either.
      return (value * bound) >> 64n;
    },
    log() {},
  };
}
