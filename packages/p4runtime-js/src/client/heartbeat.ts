import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';

export interface HeartbeatOptions {
  /** Between one answer and the next question. */
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

/**
 * Finds a connection that is dead without a word (a cut cable, or trailers that were too big), by asking the server
 * something small over and over.
 *
 * HTTP/2 pings would be the usual way, but a gRPC C++ server with default settings, BMv2's among them, takes one in five
 * minutes and breaks the connection for more. Calls it takes gladly. After a miss it asks once more at once: when this
 * process was busy for long, the timeout runs out before the answer is looked at.
 */
export class Heartbeat {
  readonly #ask: (timeoutMs: number) => Promise<unknown>;
  readonly #options: HeartbeatOptions;
  readonly #onDead: (error: P4RuntimeError) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * @param ask rejects with DEADLINE_EXCEEDED or UNAVAILABLE for no answer; every other error is one
   * @param onDead is called once
   */
  constructor(
    ask: (timeoutMs: number) => Promise<unknown>,
    options: HeartbeatOptions,
    onDead: (error: P4RuntimeError) => void,
  ) {
    this.#ask = ask;
    this.#options = options;
    this.#onDead = onDead;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#beat(), this.#options.intervalMs);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    const alive = (await this.#answers()) || (await this.#answers());
    if (this.#stopped) return;
    if (alive) return this.start();
    this.stop();
    const { timeoutMs } = this.#options;
    this.#onDead(
      new P4RuntimeError(
        `it stopped answering: two heartbeats of ${timeoutMs} ms had no answer`,
        Code.UNAVAILABLE,
      ),
    );
  }

  async #answers(): Promise<boolean> {
    if (this.#stopped) return true;
    try {
      await this.#ask(this.#options.timeoutMs);
      return true;
    } catch (thrown) {
      const code = (thrown as { code?: unknown }).code;
      return code !== Code.DEADLINE_EXCEEDED && code !== Code.UNAVAILABLE && code !== Code.CANCELLED;
    }
  }
}
