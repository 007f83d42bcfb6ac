import { impliedChunkBytes, type Message } from '../wire/index.js';
import type { MemoryError } from './errors.js';

/** What became of an operation: the answer is valid during the call. */
export type Done = (error: MemoryError | undefined, answer: Message | undefined) => void;

/** What an operation with a judge of its own makes of an answer. */
export type Verdict =
  | 'ignored' // it does not fit what was asked
  | 'wait' // more has to come
  | 'done'
  | 'again' // ask again at once
  | 'soon' // ask again if nothing comes within a round trip
  | 'busy' // ask again after the answer's hint, doubled with every repetition
  | MemoryError; // refused

/** An operation whose answers are not simply its result: those of docs/coherence.md. */
export interface Extended {
  /** Put into a request what it says beyond the fields that every request has. */
  fill(request: Message): void;
  /** Judge an answer that carries the operation's tag. Without it every REPLY is the result, and every NACK but BUSY an error. */
  hear?(answer: Message, frame: Uint8Array): Verdict;
  /** It is about to be sent again: whether it gets a new tag, so that what still comes for the old one counts for nothing. */
  renews?(operation: Operation): boolean;
  /** Others wait for it: it waits for no window. */
  readonly isUrgent?: boolean;
  /** The server does not remember its answer, so that it may stay open as long as it likes. */
  readonly isForgotten?: boolean;
  /** It is repeated until it is answered, however long that takes. */
  readonly isPersistent?: boolean;
}

export const State = {
  /** Not sent yet. */
  QUEUED: 0,
  /** Sent, and its answer may still come in time. */
  IN_AIR: 1,
  /** The server is busy: ask again at the deadline. */
  WAITING: 2,
  /** To be sent again as soon as the window lets it. */
  RETRY: 3,
  SETTLED: 4,
} as const;
export type State = (typeof State)[keyof typeof State];

/** One request on its way: what is asked, and how far it is. */
export class Operation {
  state: State = State.QUEUED;
  tag = 0;
  /** How many operations this lane had begun before this one. */
  serial = 0;
  /** How often it was sent before. */
  attempt = 0;
  startedAt = 0;
  giveUpAt = 0;
  sentAt = 0;
  deadline = 0;
  wasBusy = false;
  /** How often the answer was BUSY. */
  busy = 0;
  /** To be sent again at the deadline although nothing is missing. */
  hurried = false;
  /** Answers that did not come in time, since the server last said BUSY. */
  missed = 0;
  /** The payload. For WRITE: the client's own copy, made when it is first sent. */
  copy: Uint8Array | undefined;
  /** For MOVE: the payload of its answer. */
  told: Uint8Array | undefined;
  /** Nobody waits for it any more; only an ALLOC goes on, to be freed when it succeeds. */
  orphan = false;

  #attemptCollected = -1;
  #snapshot = 0;
  #perChunk = 0;
  #missing = 0;
  #have: boolean[] = [];

  constructor(
    readonly op: number,
    readonly node: number,
    /** The pointer, below 2^53. */
    readonly start: number,
    /** Bytes of the whole operation. */
    readonly length: number,
    readonly done: Done,
    /** WRITE: the bytes to store. READ: where the bytes go. */
    readonly bytes?: Uint8Array,
    readonly flags: number = 0,
    readonly arg: number = 0,
    readonly extended?: Extended,
  ) {}

  /**
   * Take in one chunk of a READ's reply. Chunks of different attempts, or of two replies to the same attempt (whose request was
   * duplicated on its way), are different snapshots and never mix: the newer one wins.
   * @returns 'done' when all are there; 'bad' for a chunk that does not fit; 'late' for one of an older snapshot or a duplicate
   */
  collect(chunk: Message, frame: Uint8Array): 'more' | 'done' | 'bad' | 'late' {
    const perChunk = impliedChunkBytes(chunk);
    if (perChunk === 0 || chunk.length !== this.length || chunk.attempt > this.attempt) return 'bad';
    if (chunk.attempt < this.#attemptCollected) return 'late';
    if (chunk.attempt > this.#attemptCollected || isNewer(chunk.hint, this.#snapshot)) {
      this.#attemptCollected = chunk.attempt;
      this.#snapshot = chunk.hint;
      this.#perChunk = perChunk;
      this.#missing = chunk.chunks;
      this.#have = new Array<boolean>(chunk.chunks).fill(false);
    } else if (chunk.hint !== this.#snapshot) {
      return 'late';
    }
    if (perChunk !== this.#perChunk) return 'bad';
    if (this.#have[chunk.chunk] === true) return 'late';
    this.#have[chunk.chunk] = true;
    this.bytes!.set(chunk.payload(frame), chunk.offset);
    return --this.#missing === 0 ? 'done' : 'more';
  }
}

/** Eight-bit serial arithmetic (RFC 1982). */
function isNewer(snapshot: number, than: number): boolean {
  return ((snapshot - than) << 24) >> 24 > 0;
}
