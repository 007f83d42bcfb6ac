import { MAX_COHERENT_CLIENTS } from '@bluebridge/templates';

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
  index: number;
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
  /** The client has left the fabric: its index is free when nothing of it counts any more. */
  leaving: boolean;
}

export interface SessionOptions {
  /** Nodes of the clients, in the order of their indices; `follow` adds and removes some. */
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
  readonly #sessions = new Map<number, Session>();
  #lastEpoch: number;

  constructor(private readonly options: SessionOptions) {
    this.#lastEpoch = options.lastEpoch;
    this.follow(options.nodes);
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions.values();
  }

  get(node: number): Session | undefined {
    return this.#sessions.get(node);
  }

  /**
   * The clients of the fabric are these now. New ones get the lowest free indices, as far as there are any; who is gone is expelled, and
   * forgotten by `forget` when nothing of it counts any more.
   */
  follow(nodes: readonly number[]): void {
    const present = new Set(nodes);
    for (const session of this.#sessions.values()) {
      session.leaving = !present.has(session.node);
      if (!session.leaving) continue;
      this.expel(session);
      if (session.state === 'none') this.#sessions.delete(session.node);
    }
    const taken = new Set([...this.#sessions.values()].map(({ index }) => index));
    for (const node of nodes) {
      if (this.#sessions.has(node)) continue;
      let index = 0;
      while (taken.has(index)) index++;
      if (index >= MAX_COHERENT_CLIENTS) return;
      taken.add(index);
      this.#sessions.set(node, newSession(node, index));
    }
  }

  /** A JOIN of an earlier life of the controller: what is not newer is a word from the past. */
  remember(node: number, incarnation: bigint, joins: number): void {
    const session = this.#sessions.get(node);
    if (session) Object.assign(session, { incarnation, joins });
  }

  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** A client says that it holds nothing and wants to begin. 'joined': its source guard entry has changed, and its bits have to be fenced. */
  join(session: Session, incarnation: bigint, joins: number, now: number): JoinVerdict {
    const isOlder =
      incarnation < session.incarnation || (incarnation === session.incarnation && joins < session.joins);
    if (isOlder || session.leaving) return 'stale';
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

  /**
   * Taken over from a switch that went on without us. Nothing is known of its lease, so it begins now.
   * @param index what the switch knows it by: directory entries are full of its bit
   */
  adopt(node: number, index: number, epoch: number, writebackEpoch: number, now: number): void {
    const session = this.#sessions.get(node) ?? { ...newSession(node, index), leaving: true };
    const holder = [...this.#sessions.values()].find((other) => other.index === index);
    if (holder && holder !== session) holder.index = session.index;
    session.index = index;
    this.#sessions.set(node, session);
    session.epoch = epoch;
    session.writebackEpoch = writebackEpoch;
    session.heardAt = now;
    if (epoch !== NO_EPOCH) session.state = 'live';
    else if (writebackEpoch !== NO_EPOCH) session.state = 'recovering';
    // It may have been expelled a moment ago, and use what it has for another lease.
    else session.state = 'expelled';
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

  /** No slot knows it any more: a client that has left gives its index back. */
  forget(session: Session): void {
    if (session.leaving && session.state === 'none') this.#sessions.delete(session.node);
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

function newSession(node: number, index: number): Session {
  return {
    node,
    index,
    state: 'none',
    epoch: NO_EPOCH,
    writebackEpoch: NO_EPOCH,
    heardAt: Number.NEGATIVE_INFINITY,
    incarnation: 0n,
    joins: 0,
    leaving: false,
  };
}
