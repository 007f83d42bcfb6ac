import { setTimeout as delay } from 'node:timers/promises';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { Watch } from '../observe/watch.js';
import type { ClientOptions } from './options.js';
import { P4RuntimeClient } from './p4runtime-client.js';

export interface BackoffOptions {
  /** First wait, doubled after each failure; 100 ms unless given. */
  readonly initialMs?: number;
  /** Longest wait; 10 s unless given. */
  readonly maximumMs?: number;
}

export interface SessionsOptions extends BackoffOptions {
  /** Ends the loop. */
  readonly signal?: AbortSignal;
  /** Told of each attempt that failed, and how long the wait for the next is. */
  readonly onFailure?: (error: P4RuntimeError, waitMs: number) => void;
  /** Waits; tests bring their own. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 up to 1; tests bring their own. */
  readonly random?: () => number;
}

/**
 * How long to wait after so many failures in a row: exponential, with "full jitter" (anything from nothing to the
 * bound), so that controllers that lost one switch together do not come back together.
 */
export function backoffMs(failures: number, random: number, options: BackoffOptions = {}): number {
  const bound = Math.min(
    options.maximumMs ?? 10_000,
    (options.initialMs ?? 100) * 2 ** Math.min(failures - 1, 30),
  );
  return Math.round(random * bound);
}

/** What trying again does not mend: the request itself is wrong. */
const PERMANENT: readonly number[] = [
  Code.INVALID_ARGUMENT,
  Code.NOT_FOUND,
  Code.UNIMPLEMENTED,
  Code.UNAUTHENTICATED,
  Code.PERMISSION_DENIED,
];

/**
 * Session after session with one switch: yields a connected client, and the next one once that has ended.
 *
 *     for await (const client of sessions(options)) {
 *       await reconcile(client);
 *       await once(client, 'disconnected');
 *     }
 *
 * The device may have restarted in between: reconcile everything each time.
 * @throws P4RuntimeError when connecting fails for a reason that trying again does not mend (an unknown device, an
 * election id in use)
 */
export async function* sessions(
  options: ClientOptions,
  behaviour: SessionsOptions = {},
): AsyncGenerator<P4RuntimeClient> {
  const { signal, sleep = defaultSleep, random = Math.random } = behaviour;
  const watch = new Watch(options.observer);
  let failures = 0;
  while (!signal?.aborted) {
    let client: P4RuntimeClient;
    try {
      client = await P4RuntimeClient.connect(options);
    } catch (thrown) {
      const error = P4RuntimeError.from(thrown);
      if (PERMANENT.includes(error.code)) throw error;
      failures++;
      const wait = backoffMs(failures, random(), behaviour);
      watch.session({ event: 'retry', code: error.code, failures, waitMs: wait });
      behaviour.onFailure?.(error, wait);
      await sleep(wait, signal);
      continue;
    }
    failures = 0;
    const close = () => client.close();
    signal?.addEventListener('abort', close, { once: true });
    try {
      yield client;
      await client.ended;
    } finally {
      signal?.removeEventListener('abort', close);
      client.close();
    }
  }
}

async function defaultSleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
