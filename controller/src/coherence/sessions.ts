/**
 * Which clients may keep copies at the moment (docs/coherence.md, "The controller"): epochs, leases, and what of them a switch has to know.
 * Pure state; the caller writes the source guard, fences in the directory and answers.
 */

/** 0 is no session. */
const NO_EPOCH = 0;
const EPOCHS = 0x1_0000;

export type SessionState =
  /** It has no copies, and may have none. */
  | 'none'
  /** It may have copies until its lease runs out. */
  | 'live'
  /** The switch has restarted: it may have copies, may write them back, and has to join anew. */
  | 'recovering'
  /** No message of it is taken any more; what it has, it may use until its lease has run out. */
  | 'expelled';

export interface Session {
  readonly node: number;
  readonly index: number;
  state: SessionState;
  /** The epoch that the switch takes from it, 0 for none. */
  epoch: number;
  /** The epoch that it takes on write-backs beside that. */
  writebackEpoch: number;
  /** When it was last answered that its lease goes on, milliseconds of the controller's clock. */
  heardAt: number;
  /** Of the last JOIN that was taken. */
  incarnation: bigint;
  joins: number;
}

export interface SessionOptions {
  /** Nodes of the clients; the place in the list is the client's index. */
  readonly nodes: readonly number[];
  /** Milliseconds that a client may use its copies after it asked for a renewal that was answered. */
  readonly lease: number;
  /** Milliseconds that are added to the lease before anything is taken from a silent client: clocks do not run equally fast. */
  readonly margin: number;
  /** Epochs count on from this, 0 to 65535. */
  readonly lastEpoch: number;
}

/** What a JOIN is: a new life, the repetition of the last JOIN, or a word from the past. */
export type JoinVerdict = 'joined' | 'repeated' | 'stale';

export class Sessions {
  readonly #sessions: ReadonlyMap<number, Session>;
  #lastEpoch: number;

  constructor(private readonly options: SessionOptions) {
    this.#lastEpoch = options.lastEpoch;
    this.#sessions = new Map(
      options.nodes.map((node, index) => [
        node,
        {
          node,
          index,
          state: 'none',
          epoch: NO_EPOCH,
          writebackEpoch: NO_EPOCH,
          heardAt: Number.NEGATIVE_INFINITY,
          incarnation: 0n,
          joins: 0,
        },
      ]),
    );
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }

  get(node: number): Session | undefined {
    return this.#sessions.get(node);
  }

  byIndex(index: number): Session | undefined {
    const node = this.options.nodes[index];
    return node === undefined ? undefined : this.#sessions.get(node);
  }

  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** A client says that it holds nothing and wants to begin. 'joined': its source guard entry has changed, and its bits have to be fenced. */
  join(session: Session, incarnation: bigint, joins: number, now: number): JoinVerdict {
    const isOlder =
      incarnation < session.incarnation || (incarnation === session.incarnation && joins < session.joins);
    if (isOlder) return 'stale';
    if (incarnation === session.incarnation && joins === session.joins && session.state === 'live') {
      return 'repeated';
    }
    session.incarnation = incarnation;
    session.joins = joins;
    session.state = 'live';
    session.epoch = this.#nextEpoch();
    session.writebackEpoch = NO_EPOCH;
    session.heardAt = now;
    return 'joined';
  }

  /** @returns whether the lease goes on */
  renew(session: Session, epoch: number, now: number): boolean {
    if (session.state !== 'live' || epoch !== session.epoch) return false;
    session.heardAt = now;
    return true;
  }

  /** Take no message of this client any more. Its copies are accounted for until its lease has run out. */
  expel(session: Session): void {
    if (session.state !== 'live') return;
    session.state = 'expelled';
    session.epoch = NO_EPOCH;
  }

  /** The switch has lost everything: whoever may have copies has to give them up first. */
  recover(): void {
    for (const session of this.#sessions.values()) {
      if (session.state === 'live') {
        session.state = 'recovering';
        session.writebackEpoch = session.epoch;
      }
      session.epoch = NO_EPOCH;
    }
  }

  /** Taken over from a switch that went on without us. Nothing is known of its lease, so it begins now. */
  adopt(session: Session, epoch: number, writebackEpoch: number, now: number): void {
    session.epoch = epoch;
    session.writebackEpoch = writebackEpoch;
    session.heardAt = now;
    if (epoch !== NO_EPOCH) session.state = 'live';
    else if (writebackEpoch !== NO_EPOCH) session.state = 'recovering';
    const ahead = (epoch - this.#lastEpoch + EPOCHS) % EPOCHS;
    if (epoch !== NO_EPOCH && ahead < EPOCHS / 2) this.#lastEpoch = epoch;
  }

  /** Milliseconds after which whoever was not heard of has surely stopped using its copies. */
  get term(): number {
    return this.options.lease + this.options.margin;
  }

  /** Sessions whose lease has surely run out. */
  expired(now: number): Session[] {
    return [...this.#sessions.values()].filter(
      ({ state, heardAt }) => state !== 'none' && now >= heardAt + this.term,
    );
  }

  /** When `expired` has news, milliseconds; Infinity if nobody has a session. */
  nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { state, heardAt } of this.#sessions.values()) {
      if (state !== 'none') next = Math.min(next, heardAt + this.term);
    }
    return next;
  }

  /** A session has ended: the client holds nothing that counts. */
  end(session: Session): void {
    session.state = 'none';
    session.epoch = NO_EPOCH;
    session.writebackEpoch = NO_EPOCH;
  }

  /** Whether anybody may have copies from before the switch's restart. */
  get isRecovering(): boolean {
    for (const { state } of this.#sessions.values()) {
      if (state === 'recovering' || state === 'expelled') return true;
    }
    return false;
  }

  #nextEpoch(): number {
    do this.#lastEpoch = (this.#lastEpoch + 1) % EPOCHS;
    while (this.#lastEpoch === NO_EPOCH);
    return this.#lastEpoch;
  }
}
