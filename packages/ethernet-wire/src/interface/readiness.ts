import type { Libc, PollHandle } from './libc.js';
import { CLOCK_MONOTONIC, SOCK_CLOEXEC, SOCK_NONBLOCK } from './linux.js';

/*
 * How the event loop learns of frames.
 *
 * At low rates libuv polls the socket (epoll): an idle wire costs nothing and a lone frame wakes the process at once.
 * At high rates that wake-up, once every two or three frames, costs both the kernel on the sender's CPU and
 * us more than the frames do. So above ENTER frames/s the socket is no longer polled; a timerfd ticks every 50 us
 * instead and each tick takes what has come: what network cards call adaptive interrupt moderation. Below LEAVE
 * frames/s the socket is polled again. Spinning on setImmediate instead was measured slower as soon as the two
 * CPUs are shared with the sender, and 1 ms latency of a TPACKET_V3 block timer is no option for request and reply.
 * `bench/wires.ts` shows the effect of each mode.
 */
const ENTER = 100;
const LEAVE = 50; // frames a millisecond
const WINDOW_MS = 1;
const TICK_NS = 50_000n;

/** Handles are collected with their JavaScript object although libuv still polls them: an open wire is held here. */
const alive = new Set<Readiness>();

export class Readiness {
  readonly #socket: PollHandle;
  readonly #timer: PollHandle;
  readonly #timerFd: number;
  readonly #expirations = new Uint8Array(8);
  #mode: 'stopped' | 'poll' | 'tick' = 'stopped';
  #wantRead = false;
  #wantWrite = false;
  #immediate: NodeJS.Immediate | undefined;
  #windowStart = 0;
  #windowFrames = 0;

  /**
   * @param service handle what is ready; returns how many frames were taken
   * @param more whether frames still wait
   * @param moderated false keeps polling at all rates
   */
  constructor(
    private readonly sys: Libc,
    fd: number,
    private readonly service: () => number,
    private readonly more: () => boolean,
    private readonly failed: () => void,
    private readonly moderated: boolean,
  ) {
    this.#timerFd = sys.timerfd_create(CLOCK_MONOTONIC, SOCK_NONBLOCK | SOCK_CLOEXEC);
    this.#timer = sys.poll(this.#timerFd, { readable: true }, this.#onReady);
    this.#socket = sys.poll(fd, { disconnect: true }, this.#onReady);
    this.#mode = 'poll';
    alive.add(this);
  }

  setReading(): void {
    this.#wantRead = true;
    this.poll();
  }

  /** Also wake when the socket takes frames again. */
  setWriting(on: boolean): void {
    if (this.#wantWrite === on) return;
    this.#wantWrite = on;
    if (this.#mode === 'poll') this.poll();
  }

  /** Start polling the socket, or start again after an error, upon which libuv stops. */
  poll(): void {
    if (this.#mode === 'stopped') return;
    if (this.#mode === 'tick') this.#setTick(0n);
    this.#mode = 'poll';
    this.#socket.start(
      { readable: this.#wantRead, writable: this.#wantWrite, disconnect: true },
      this.#onReady,
    );
  }

  close(): void {
    if (this.#mode === 'stopped') return;
    this.#mode = 'stopped';
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#socket.close();
    this.#timer.close();
    this.sys.close(this.#timerFd);
    alive.delete(this);
  }

  /**
   * koffi calls this straight from libuv, where an exception would be lost and promise jobs would not run: only note
   * it. The check phase, where immediates run, follows in the same turn of the loop.
   */
  readonly #onReady = (status: number): void => {
    if (this.#mode === 'stopped') return;
    if (status < 0) setImmediate(() => this.#mode !== 'stopped' && this.failed());
    else this.#schedule();
  };

  #schedule(): void {
    this.#immediate ??= setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#immediate = undefined;
    if (this.#mode === 'tick') this.sys.read(this.#timerFd, this.#expirations, 8);
    try {
      this.#windowFrames += this.service();
    } finally {
      // The handler may throw, or close the wire.
      if (this.#mode !== 'stopped') this.#moderate();
    }
  };

  #moderate(): void {
    if (this.more() && this.#mode === 'tick') this.#schedule();
    const now = performance.now();
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    const rate = this.#windowFrames / elapsed;
    this.#windowStart = now;
    this.#windowFrames = 0;
    if (this.#mode === 'poll' && rate > ENTER && this.moderated) {
      this.#mode = 'tick';
      this.#socket.stop();
      this.#setTick(TICK_NS);
    } else if (this.#mode === 'tick' && rate < LEAVE) {
      this.poll();
    }
  }

  #setTick(nanoseconds: bigint): void {
    // struct itimerspec: interval, then first expiration; zero stops it.
    this.sys.timerfd_settime(this.#timerFd, 0, new BigInt64Array([0n, nanoseconds, 0n, nanoseconds]), null);
  }
}
