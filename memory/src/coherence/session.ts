import type { ClientCore } from '../client/core.js';
import { MemoryError } from '../client/errors.js';
import { Operation, type Verdict } from '../client/operation.js';
import { Extension, Kind, type Message, Op, Reason } from '../wire/index.js';

export interface SessionOptions {
  readonly core: ClientCore;
  /** Whom to ask: the fabric, or the home that keeps the directory. */
  readonly node: number;
  /** Of the client: milliseconds since 1970 at its start. */
  readonly incarnation: number;
  /** It has begun: copies may be had. */
  readonly onJoined: () => void;
  /** Copies may be used no more. */
  readonly onOver: () => void;
  /** There are no sessions to be had here. */
  readonly onRefused: (error: MemoryError) => void;
}

/** - `leaving`: it is over, and what is dirty is on its way back. */
export type SessionState = 'none' | 'joining' | 'live' | 'leaving';

const TWO_32 = 2 ** 32;
/** Of the lease, after which it is renewed. */
const RENEWAL = 1 / 3;

/** The right of a client to keep copies: JOIN, RENEW, and a lease that counts from when it was asked for (docs/coherence.md, "The client"). */
export class Session {
  state: SessionState = 'none';
  epoch = 0;
  index = 0;
  /** Copies may be used until then, milliseconds. */
  leaseUntil = Number.NEGATIVE_INFINITY;
  /** When `tick` has something to do. */
  nextDeadline = Number.POSITIVE_INFINITY;
  joins = 0;
  #lease = 0;
  #operation: Operation | undefined;
  #renewAt = Number.POSITIVE_INFINITY;

  constructor(private readonly options: SessionOptions) {}

  isLive(now: number): boolean {
    return now < this.leaseUntil && this.state === 'live';
  }

  /** Begin, unless it has begun. */
  want(now: number): void {
    if (this.state === 'none') this.join(now);
  }

  /** "I hold nothing, and want to begin." */
  join(now: number): void {
    const { core, node } = this.options;
    this.state = 'joining';
    this.joins++;
    const { joins } = this;
    const operation: Operation = new Operation(
      ...([Op.JOIN, node, 0, 0] as const),
      (error, answer) => {
        this.#operation = undefined;
        if (error !== undefined) {
          this.state = 'none';
          this.options.onRefused(error);
        } else this.#joined(answer!, operation.startedAt);
      },
      undefined,
      0,
      0,
      this.#asking((request) => {
        request.bitmapHigh = Math.floor(this.options.incarnation / TWO_32);
        request.bitmapLow = this.options.incarnation >>> 0;
        request.number = joins;
      }),
    );
    this.#operation = operation;
    core.submit(operation, now);
  }

  #joined(answer: Message, askedAt: number): void {
    this.state = 'live';
    this.epoch = answer.requesterEpoch;
    this.index = answer.requesterIndex;
    this.#extend(answer, askedAt);
    this.options.onJoined();
  }

  /** The lease counts from when it was asked for, not from the answer. */
  #extend(answer: Message, askedAt: number): void {
    this.#lease = answer.number;
    this.leaseUntil = askedAt + this.#lease;
    this.#renewAt = askedAt + this.#lease * RENEWAL;
    this.#schedule();
  }

  #schedule(): void {
    this.nextDeadline =
      this.state === 'live' ? Math.min(this.leaseUntil, this.#renewAt) : Number.POSITIVE_INFINITY;
  }

  tick(now: number): void {
    if (this.state !== 'live') return;
    if (now >= this.leaseUntil) this.end(now);
    else if (now >= this.#renewAt) this.#renew(now);
  }

  #renew(now: number): void {
    const { core, node } = this.options;
    this.#renewAt = Number.POSITIVE_INFINITY;
    this.#schedule();
    const operation: Operation = new Operation(
      ...([Op.RENEW, node, 0, 0] as const),
      (error, answer) => {
        this.#operation = undefined;
        if (error !== undefined) this.end(now);
        // An answer names the attempt that it answers; only the last one's time is known.
        else {
          const isToLast = answer!.attempt === operation.attempt;
          this.#extend(answer!, isToLast ? operation.sentAt : operation.startedAt);
        }
      },
      undefined,
      0,
      0,
      this.#asking(() => {}),
    );
    this.#operation = operation;
    core.submit(operation, now);
  }

  /** It is over: the fabric has said so, or the lease has run out. */
  end(now: number): void {
    if (this.state !== 'live') return;
    this.state = 'leaving';
    this.leaseUntil = Number.NEGATIVE_INFINITY;
    this.#schedule();
    if (this.#operation !== undefined) this.options.core.drop(this.#operation, now);
    this.#operation = undefined;
    this.options.onOver();
  }

  #asking(say: (request: Message) => void) {
    return {
      isForgotten: true,
      isUrgent: true,
      isPersistent: true,
      fill: (request: Message): void => {
        request.epoch = this.epoch;
        request.extensions |= Extension.COHERENCE;
        request.clearCoherence();
        say(request);
      },
      hear: (answer: Message): Verdict => judge(answer),
    };
  }
}

function judge(answer: Message): Verdict {
  if (answer.kind === Kind.NACK) {
    if (answer.status === Reason.BUSY) return 'busy';
    const { op, prefix, node, pointer } = answer;
    return MemoryError.refused(
      { op, prefix, node, pointer, length: 0, attempts: 1, elapsed: 0 },
      answer.status,
    );
  }
  const isAnswer =
    (answer.op === Op.JOIN || answer.op === Op.RENEW) && (answer.extensions & Extension.COHERENCE) !== 0;
  return isAnswer && answer.requesterEpoch !== 0 && answer.number > 0 ? 'done' : 'ignored';
}
