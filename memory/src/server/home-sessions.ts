import { MAX_SHARERS } from '../coherence/directory.js';

/** A client that may keep copies of this server's pages. */
export interface HomeSession {
  readonly node: number;
  readonly index: number;
  /** Six bytes: where it is reached. */
  mac: Uint8Array;
  epoch: number;
  incarnation: bigint;
  joins: number;
  /** When it last asked for its lease, milliseconds. */
  heardAt: number;
}

export interface HomeSessionOptions {
  /** Milliseconds that a client may use its copies after it asked for that. */
  readonly lease: number;
  /** Milliseconds that are added before anything is taken from a silent client: clocks do not run equally fast. */
  readonly margin: number;
  /** The last epoch of the server's life before, or any other number. */
  readonly lastEpoch: number;
}

/** Who has a session with a home that keeps the directory itself (docs/coherence.md, `coherence: home`). Pure. */
export class HomeSessions {
  readonly #byNode = new Map<number, HomeSession>();
  readonly #byIndex: (HomeSession | undefined)[] = [];
  #epoch: number;

  constructor(private readonly options: HomeSessionOptions) {
    this.#epoch = options.lastEpoch & 0xffff;
  }

  get size(): number {
    return this.#byNode.size;
  }

  get lease(): number {
    return this.options.lease;
  }

  of(node: number): HomeSession | undefined {
    return this.#byNode.get(node);
  }

  at(index: number): HomeSession | undefined {
    return this.#byIndex[index];
  }

  /**
   * A client says that it holds nothing and wants to begin.
   * @returns the session and whether it is a new life, whose former copies count no more; 'stale' for a word from the past; 'full' if there are MAX_SHARERS already
   */
  join(
    node: number,
    mac: Uint8Array,
    incarnation: bigint,
    joins: number,
    now: number,
  ): { session: HomeSession; isNew: boolean } | 'stale' | 'full' {
    const known = this.#byNode.get(node);
    if (known !== undefined) {
      const isSameLife = incarnation === known.incarnation;
      if (incarnation < known.incarnation || (isSameLife && joins < known.joins)) return 'stale';
      known.mac = mac;
      if (isSameLife && joins === known.joins) return { session: known, isNew: false };
      known.incarnation = incarnation;
      known.joins = joins;
      known.heardAt = now;
      known.epoch = this.#nextEpoch();
      return { session: known, isNew: true };
    }
    let index = 0;
    while (this.#byIndex[index] !== undefined) index++;
    if (index >= MAX_SHARERS) return 'full';
    const session = { node, index, mac, epoch: this.#nextEpoch(), incarnation, joins, heardAt: now };
    this.#byNode.set(node, session);
    this.#byIndex[index] = session;
    return { session, isNew: true };
  }

  /** Sessions whose lease has surely run out; they are sessions no more. */
  expire(now: number): HomeSession[] {
    const { lease, margin } = this.options;
    const over = [...this.#byNode.values()].filter(({ heardAt }) => now >= heardAt + lease + margin);
    for (const { node, index } of over) {
      this.#byNode.delete(node);
      this.#byIndex[index] = undefined;
    }
    return over;
  }

  #nextEpoch(): number {
    this.#epoch = (this.#epoch % 0xffff) + 1; // 0 is nobody's
    return this.#epoch;
  }
}
