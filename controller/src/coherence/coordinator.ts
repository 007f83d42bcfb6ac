import type { Logger } from 'pino';
import type { Range } from '../intent/ranges.js';
import type { DirectoryChannel } from './channel.js';
import { decide, type Heat, type HeatPolicy } from './heat.js';
import { type CoherenceLedger, forgetful } from './ledger.js';
import { endOf, type Region, type Regions } from './regions.js';
import type { JoinVerdict, Session, Sessions } from './sessions.js';

/** What the coordinator changes in a switch. All calls resolve when the switch has acknowledged. */
export interface CoherencePort extends DirectoryChannel {
  /** Bring a client's source guard entry to what its session says. */
  writeGuard(session: Session): Promise<void>;
  /** @throws if the switch does not take it, e.g. because its table is full */
  insertRegion(region: Region): Promise<void>;
  /** A region whose state or generation has changed. */
  modifyRegion(region: Region): Promise<void>;
  deleteRegion(region: Region): Promise<void>;
  /** What has no region on this node is uncached, under this generation. Insert or modify. */
  writeUncached(node: number, generation: number): Promise<void>;
}

export interface CoordinatorTimers {
  /** Milliseconds, never running backwards. */
  now(): number;
  setTimeout(run: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface CoordinatorOptions {
  readonly sessions: Sessions;
  readonly regions: Regions;
  readonly policy: HeatPolicy;
  /** log2 of the bytes of a region that is new. */
  readonly initialBits: number;
  /** Nodes of the memory servers that there are now. */
  readonly servers: () => readonly number[];
  /** The allocation that holds an address: regions never reach beyond it. */
  readonly allocationOf: (node: number, pointer: bigint) => Range | undefined;
  /** Milliseconds that a probed client may take before it is taken for dead. */
  readonly patience: number;
  /** Milliseconds between two rounds of reading heat; 0: never. */
  readonly heatInterval: number;
  readonly timers: CoordinatorTimers;
  readonly ledger?: CoherenceLedger;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/**
 * Keeps sessions, directory entries and what the switch holds of both in step (docs/coherence.md, "The controller"). One change of a region at a
 * time; changes of different regions and of sessions go side by side, because a recall may wait for a client that only the end of its session
 * lets go.
 */
export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #sessions: Sessions;
  readonly #regions: Regions;
  readonly #ledger: CoherenceLedger;
  readonly #uncached = new Map<number, number>();
  /** The last task of a region or of a session: the next one waits for it. */
  readonly #tasks = new Map<object, Promise<unknown>>();
  /** Regions whose copies have to be called in because of rights that were taken. They stay so when the switch goes. */
  readonly #debts = new Map<Region, Debt>();
  readonly #lastHeat = new Map<Region, { accesses: number; probes: number }>();
  /** Sessions that were joined, but the ledger or the switch does not know it yet: not to be answered. */
  readonly #unsettled = new Set<Session>();
  #port: CoherencePort | undefined;
  #isOpen = false;
  #opening: Promise<void> | undefined;
  /** Not before this may the directory be opened: somebody of whom nothing is known may have copies until then. */
  #openAt = Number.NEGATIVE_INFINITY;
  #heatAt = Number.POSITIVE_INFINITY;
  #timer: unknown;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#ledger = options.ledger ?? forgetful;
    this.#sessions = options.sessions;
    this.#regions = options.regions;
  }

  /** Whether copies may be had. Not so while a restarted switch waits for what clients still have. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions;
  }

  get regions(): Iterable<Region> {
    return this.#regions;
  }

  /** Regions that the switch shall have an entry for now. */
  *plannedRegions(): IterableIterator<Region> {
    if (!this.#isOpen) return;
    for (const region of this.#regions) if (region.state !== 'opening') yield region;
  }

  /** Generation by node of what is not cached; empty until the directory is open. */
  get plannedUncached(): ReadonlyMap<number, number> {
    return this.#isOpen ? this.#uncached : new Map();
  }

  /**
   * A switch with an empty directory: it, or its program, is new. Whoever may have copies has to give them up before anything is opened.
   * @param knowsSessions false: nothing is known of sessions before, so that a whole lease has to pass first
   */
  reset(knowsSessions: boolean): void {
    const { timers } = this.#options;
    this.#regions.clear();
    this.#lastHeat.clear();
    this.#tasks.clear();
    this.#isOpen = false;
    this.#uncached.clear();
    this.#sessions.recover();
    this.#openAt = knowsSessions ? Number.NEGATIVE_INFINITY : timers.now() + this.#sessions.term;
  }

  /** A switch that went on without its controller: what it holds is taken over. */
  adopt(uncached: ReadonlyMap<number, number>): void {
    for (const [node, generation] of uncached) {
      this.#uncached.set(node, generation);
      this.#regions.hearGeneration(generation);
    }
    this.#isOpen = true;
  }

  /** The switch holds what is planned; from now on it is kept in step. */
  async start(port: CoherencePort): Promise<void> {
    this.#port = port;
    this.#tasks.clear();
    const { timers, heatInterval } = this.#options;
    if (heatInterval > 0) this.#heatAt = timers.now() + heatInterval;
    // What an earlier session with the switch left half done.
    for (const region of [...this.#regions]) {
      if (region.state === 'opening') this.#forget(region);
      else if (this.#debts.has(region)) void this.#run(region, () => this.#settle(region));
      else if (region.state === 'closing') void this.#run(region, () => this.#remove(region));
    }
    for (const session of this.#sessions) {
      if (session.state === 'none') void this.#run(session, () => this.#sweep(session));
    }
    await this.tick();
  }

  /** The switch is gone. */
  stop(): void {
    this.#port = undefined;
    if (this.#timer !== undefined) this.#options.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * A client wants to begin. Resolves when it may be answered.
   * @returns the session; undefined if this JOIN is to be dropped
   */
  async join(node: number, incarnation: bigint, joins: number): Promise<Session | undefined> {
    const session = this.#sessions.get(node);
    if (session === undefined || this.#port === undefined) return undefined;
    let verdict: JoinVerdict = 'stale';
    let isReady = false;
    await this.#run(session, async () => {
      verdict = this.#sessions.join(session, incarnation, joins, this.#options.timers.now());
      if (verdict === 'joined') this.#unsettled.add(session);
      if (verdict === 'stale') return;
      if (this.#unsettled.has(session)) {
        await this.#ledger.joined(session, this.#sessions.lastEpoch);
        await this.#port!.writeGuard(session);
        await this.#sweep(session);
        this.#unsettled.delete(session);
      }
      isReady = true;
    });
    this.#options.log.info({ node, epoch: session.epoch, verdict }, 'client joined');
    await this.tick();
    return isReady && session.state === 'live' ? session : undefined;
  }

  /** @returns the session, or undefined if the client has to join anew */
  renew(node: number, epoch: number): Session | undefined {
    const session = this.#sessions.get(node);
    if (session === undefined || !this.#sessions.renew(session, epoch, this.#options.timers.now()))
      return undefined;
    return session;
  }

  /** Somebody wanted to cache a page that has no entry. */
  async missed(node: number, pointer: bigint): Promise<void> {
    const { policy, initialBits, allocationOf } = this.#options;
    if (!this.#isOpen || this.#port === undefined || this.#regions.find(node, pointer)) return;
    const allocation = allocationOf(node, pointer);
    if (allocation === undefined) return;
    const sizes = { bits: initialBits, smallest: policy.smallest };
    const place = this.#regions.around(node, pointer, allocation, sizes);
    const slot = place && this.#regions.takeSlot();
    if (place === undefined || slot === undefined) return; // served uncached; heat makes room
    const region: Region = { node, ...place, slot, generation: 0, state: 'opening' };
    this.#regions.add(region);
    await this.#run(region, () => this.#open(region));
  }

  /** A client says that it gets nowhere with a page. Recall the region: who does not answer for too long is dead. */
  async complain(node: number, pointer: bigint): Promise<void> {
    const region = this.#regions.find(node, pointer);
    if (region === undefined || this.#tasks.has(region)) return;
    await this.#run(region, () => this.#reopen(region));
  }

  /** Copies of a range may not be used any more: call in what there is. Its permissions are gone already. */
  async withdraw(node: number, { start, end }: Range, { remove }: { remove: boolean }): Promise<void> {
    const regions = this.#regions.overlapping(node, start, end);
    await Promise.all(
      regions.map((region) => {
        const debt = this.#debts.get(region) ?? newDebt();
        debt.remove ||= remove;
        this.#debts.set(region, debt);
        void this.#run(region, () => this.#settle(region));
        return debt.settled;
      }),
    );
  }

  async #settle(region: Region): Promise<void> {
    const debt = this.#debts.get(region);
    if (debt === undefined) return;
    await (debt.remove ? this.#remove(region) : this.#reopen(region));
    this.#debts.delete(region);
    debt.settle();
  }

  /** Do what is due, and see to it that this is called again in time. */
  async tick(): Promise<void> {
    const { timers, log } = this.#options;
    if (this.#port === undefined) return;
    for (const session of this.#sessions.expired(timers.now())) {
      log.warn(
        { node: session.node, state: session.state },
        'session over: the client was silent for a lease',
      );
      void this.#run(session, () => this.#expire(session));
    }
    if (timers.now() >= this.#heatAt) {
      this.#heatAt = timers.now() + this.#options.heatInterval;
      void this.#balance();
    }
    if (this.#isOpen || (timers.now() >= this.#openAt && !this.#sessions.isRecovering)) {
      this.#opening ??= this.#guarded(() => this.#openNodes()).finally(() => {
        this.#opening = undefined;
      });
      await this.#opening;
    }
    this.#schedule();
  }

  #schedule(): void {
    const { timers } = this.#options;
    if (this.#timer !== undefined) timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#port === undefined) return;
    const openAt = this.#isOpen ? Number.POSITIVE_INFINITY : Math.max(this.#openAt, timers.now() + 10);
    const next = Math.min(this.#sessions.nextExpiry(), this.#heatAt, openAt);
    if (next === Number.POSITIVE_INFINITY) return;
    const run = (): void => {
      this.#timer = undefined;
      void this.tick();
    };
    this.#timer = timers.setTimeout(run, Math.max(1, next - timers.now()));
  }

  async #openNodes(): Promise<void> {
    const port = this.#port!;
    const nodes = this.#options.servers().filter((node) => !this.#isOpen || !this.#uncached.has(node));
    if (nodes.length === 0 && this.#isOpen) return;
    for (const node of nodes) this.#uncached.set(node, await this.#generation());
    if (this.#port !== port) return;
    this.#isOpen = true;
    // What was owed by regions of the switch's former life: nobody has copies of that time any more.
    for (const [region, { settle }] of this.#debts) {
      if (this.#isCurrent(region)) continue;
      this.#debts.delete(region);
      settle();
    }
    for (const node of nodes) {
      await this.#guarded(() => port.writeUncached(node, this.#uncached.get(node)!));
    }
    this.#options.log.info({ nodes: nodes.length }, 'directory open');
  }

  async #expire(session: Session): Promise<void> {
    const { timers } = this.#options;
    // It may have spoken, or joined anew, while this waited for its turn.
    if (!this.#sessions.expired(timers.now()).includes(session)) return;
    this.#sessions.end(session);
    await this.#port!.writeGuard(session);
    await this.#sweep(session);
    this.#sessions.forget(session);
    await this.tick(); // a recovering switch may have waited for this one alone
  }

  /** Take a client out of every entry in use. */
  async #sweep(session: Session): Promise<void> {
    const port = this.#port!;
    await Promise.all([...this.#regions].map(({ slot }) => port.fence(slot, session.index)));
  }

  async #open(region: Region): Promise<void> {
    const port = this.#port!;
    try {
      region.generation = await this.#generation();
      await port.reset(region.slot);
      region.state = 'cached';
      await port.insertRegion(region);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'no directory entry for a region; it stays uncached');
      this.#forget(region);
    }
  }

  async #close(region: Region): Promise<void> {
    if (region.state !== 'closing') {
      region.state = 'closing';
      await this.#port!.modifyRegion(region);
    }
    await this.#recall(region);
  }

  async #remove(region: Region): Promise<void> {
    if (!this.#isCurrent(region)) return;
    const port = this.#port!;
    await this.#close(region);
    // First the node: a WRITE that is on its way under its former generation must not follow one under the region's.
    const generation = await this.#generation();
    this.#uncached.set(region.node, generation);
    await port.writeUncached(region.node, generation);
    await port.deleteRegion(region);
    this.#forget(region);
  }

  async #reopen(region: Region): Promise<void> {
    if (!this.#isCurrent(region)) return;
    await this.#close(region);
    await this.#port!.reset(region.slot);
    region.generation = await this.#generation();
    region.state = 'cached';
    await this.#port!.modifyRegion(region);
  }

  async #split(region: Region): Promise<void> {
    const port = this.#port!;
    if (!this.#isCurrent(region) || region.bits <= this.#options.policy.smallest) return;
    const second = this.#regions.takeSlot();
    if (second === undefined) return;
    await this.#close(region);
    await Promise.all([port.reset(region.slot), port.reset(second)]);
    const bits = region.bits - 1;
    const { node, start, slot } = region;
    const halves: Region[] = [
      { node, start, bits, slot, generation: await this.#generation(), state: 'cached' },
      {
        node,
        start: start + (1n << BigInt(bits)),
        bits,
        slot: second,
        generation: await this.#generation(),
        state: 'cached',
      },
    ];
    this.#regions.remove(region);
    this.#lastHeat.delete(region);
    for (const half of halves) this.#regions.add(half);
    for (const half of halves) await port.insertRegion(half);
    await port.deleteRegion(region);
  }

  /** @param buddy the upper half */
  async #merge(region: Region, buddy: Region): Promise<void> {
    const port = this.#port!;
    if (!this.#isCurrent(region) || !this.#isCurrent(buddy) || this.#tasks.has(buddy)) return;
    await this.#run(buddy, async () => {
      await Promise.all([this.#close(region), this.#close(buddy)]);
      await port.reset(region.slot);
      const { node, start, bits, slot } = region;
      const generation = await this.#generation();
      const whole: Region = { node, start, bits: bits + 1, slot, generation, state: 'cached' };
      for (const half of [region, buddy]) {
        this.#regions.remove(half);
        this.#lastHeat.delete(half);
      }
      this.#regions.add(whole);
      await port.insertRegion(whole);
      await port.deleteRegion(region);
      await port.deleteRegion(buddy);
      this.#regions.giveBackSlot(buddy.slot);
    });
  }

  /** Until nobody has a copy. A client that does not answer for too long is expelled, and counts no more when its lease is over. */
  async #recall(region: Region): Promise<void> {
    const { timers, patience, log } = this.#options;
    const port = this.#port!;
    let since = timers.now();
    while (!(await port.recall({ node: region.node, pointer: region.start }))) {
      if (this.#port !== port) throw new Error('the switch is gone');
      if (timers.now() - since < patience) continue;
      since = timers.now();
      const { pending } = await port.read(region.slot);
      for (const session of this.#sessions) {
        if (((pending >> BigInt(session.index)) & 1n) === 0n || session.state !== 'live') continue;
        log.warn({ node: session.node, slot: region.slot }, 'client expelled: it does not answer probes');
        this.#sessions.expel(session);
        await port.writeGuard(session);
        this.#schedule();
      }
    }
  }

  async #balance(): Promise<void> {
    const port = this.#port;
    if (port === undefined || !this.#isOpen) return;
    const heats: Heat[] = [];
    const cached = [...this.#regions].filter(({ state }) => state === 'cached');
    await this.#guarded(async () => {
      const contents = await Promise.all(cached.map(({ slot }) => port.read(slot)));
      cached.forEach((region, i) => {
        const { accesses, probes } = contents[i]!;
        const last = this.#lastHeat.get(region) ?? { accesses: 0, probes: 0 };
        this.#lastHeat.set(region, { accesses, probes });
        heats.push({
          region,
          accesses: (accesses - last.accesses) >>> 0,
          probes: (probes - last.probes) >>> 0,
        });
      });
    });
    for (const decision of decide(heats, this.#regions, this.#options.policy)) {
      const { what, region } = decision;
      if (this.#tasks.has(region)) continue;
      this.#options.log.info(
        { what, node: region.node, start: region.start.toString(16), bits: region.bits },
        'heat',
      );
      if (what === 'split') void this.#run(region, () => this.#split(region));
      else if (what === 'remove') void this.#run(region, () => this.#remove(region));
      else void this.#run(region, () => this.#merge(region, decision.buddy));
    }
  }

  async #generation(): Promise<number> {
    const generation = this.#regions.nextGeneration();
    await this.#ledger.reserve(generation);
    return generation;
  }

  #isCurrent(region: Region): boolean {
    return this.#regions.find(region.node, region.start) === region && region.start < endOf(region);
  }

  #forget(region: Region): void {
    this.#regions.remove(region);
    this.#regions.giveBackSlot(region.slot);
    this.#lastHeat.delete(region);
  }

  /** After what is under way for the same region or session. A task that fails leaves its subject to the next `start`. */
  #run(subject: object, task: () => Promise<void>): Promise<void> {
    const before = this.#tasks.get(subject) ?? Promise.resolve();
    const port = this.#port;
    const mine: Promise<void> = before
      .then(() => (this.#port === port && port !== undefined ? this.#guarded(task) : undefined))
      .finally(() => {
        if (this.#tasks.get(subject) === mine) this.#tasks.delete(subject);
      });
    this.#tasks.set(subject, mine);
    return mine;
  }

  async #guarded(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      // The link tells the controller, which starts over; here it must only not be lost.
      if (this.#port !== undefined)
        this.#options.log.error({ err: error }, 'a change of the directory failed');
    }
  }
}

/** Copies of a region that are to be called in. */
interface Debt {
  remove: boolean;
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

function newDebt(): Debt {
  let settle = (): void => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { remove: false, settled, settle };
}
