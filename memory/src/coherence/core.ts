import { PageCache } from '../cache/page-cache.js';
import type { EvictionName } from '../cache/policy.js';
import { SequentialPrefetch } from '../cache/prefetch.js';
import type { ClientCore, ClientExtension } from '../client/core.js';
import { type AskedFor, MemoryError } from '../client/errors.js';
import { Operation } from '../client/operation.js';
import { ANYCAST_NODE, Extension, type Message, Op } from '../wire/index.js';
import { Access, AccessKind } from './access.js';
import { newCoherenceCounters } from './counters.js';
import { CoherentPage, type Settled } from './page.js';
import { Probes } from './probes.js';
import { Regions } from './regions.js';
import { Session } from './session.js';
import { type Subscriber, Subscriptions } from './subscriptions.js';
import { Transaction } from './transaction.js';
import { Writebacks } from './writebacks.js';

export interface CoherenceOptions {
  readonly client: number;
  readonly pageSize: number;
  /** Where the directory is: in the switch, or in the memory server that is home to the page. */
  readonly directory: 'switch' | 'home';
  /** Copies kept at most. */
  readonly cachePages: number;
  readonly eviction: EvictionName;
  /** Pages fetched ahead at most. */
  readonly prefetch: number;
  /** When a write is done: in the copy, or on the home. */
  readonly acknowledge: 'cache' | 'home';
  /** Milliseconds since 1970 at the client's start. */
  readonly incarnation: number;
  /** Milliseconds that one access waits at most. */
  readonly timeout: number;
  /** Milliseconds after which the controller is asked to look at a page that nothing comes for. */
  readonly patience: number;
  /** Of the fabric's addresses. */
  readonly prefix: number;
  /** A page that was written here is not on its home, and will never be. */
  readonly onLost: (node: number, start: number) => void;
}

/** Milliseconds for which a page without an entry in the directory is written without asking for one. */
const UNCACHED_FOR = 50;
/** Buffers kept for reuse. */
const POOL = 64;

/**
 * Copies of pages, kept coherent (docs/coherence.md, "The client"): accesses, probes and answers go in, messages go out through the client's
 * core, `tick` when time is up. One idea a file: who may keep copies in `session.ts`, a page on its way here in `transaction.ts`, on its way
 * home in `writebacks.ts`, and what probes demand in `probes.ts`. This file is what happens at a page.
 */
export class CoherenceCore implements ClientExtension {
  readonly counters = newCoherenceCounters();
  readonly cache: PageCache<CoherentPage>;
  readonly #subscriptions: Subscriptions;
  readonly #sessions = new Map<number, Session>();
  readonly #prefetch: SequentialPrefetch;
  readonly #writebacks: Writebacks;
  readonly #probes: Probes;
  readonly #regions = new Regions();
  readonly #fetching = new Set<CoherentPage>();
  readonly #pool: Uint8Array[] = [];
  /** Accesses that had to wait, in the order in which they began to; settled ones among them are skipped. */
  #line: Access[] = [];
  #head = 0;
  #sequence = 0;
  /** When a session that is over joins anew, whatever is still on its way. */
  readonly #leaveBy = new Map<Session, number>();
  /** Dirty pages that were lost since the last flush. */
  #lost: { node: number; start: number }[] = [];

  constructor(
    private readonly core: ClientCore,
    private readonly options: CoherenceOptions,
  ) {
    const { pageSize, cachePages, eviction, prefetch, client } = options;
    this.cache = new PageCache(
      { pageSize, capacity: cachePages, eviction },
      (node, start) => new CoherentPage(node, start),
    );
    this.#prefetch = new SequentialPrefetch({ pageSize, depth: prefetch });
    const { counters } = this;
    const now = (): number => this.core.now;
    this.#writebacks = new Writebacks({
      ...{ core, pageSize, counters, now, prefix: options.prefix },
      written: (page, bytes, error, epoch) => this.#written(page, bytes, error, epoch),
    });
    this.#probes = new Probes({
      ...{ core, pageSize, client, counters, now, writebacks: this.#writebacks },
      within: (node, start, length) => this.cache.within(node, start, length),
      session: (node) => this.#session(node),
      takeCopy: (page) => this.cache.drop(page),
      recycle: (bytes) => this.#recycle(bytes),
      resume: (page) => this.#pump(page),
      refused: (node, error, epoch) => this.#refused(this.#session(node), error, epoch),
    });
    this.#subscriptions = new Subscriptions({
      ...{ core, pageSize, counters, now },
      session: (node) => this.#session(node),
    });
  }

  get nextDeadline(): number {
    let next = this.#subscriptions.nextDeadline;
    for (const { nextDeadline } of this.#sessions.values()) next = Math.min(next, nextDeadline);
    for (const at of this.#leaveBy.values()) next = Math.min(next, at);
    for (const { fetch } of this.#fetching) next = Math.min(next, fetch!.complainAt);
    const first = this.#firstWaiting();
    return first === undefined ? next : Math.min(next, first.since + this.options.timeout);
  }

  /** A copy that serves a read, or with `toWrite` a write, at this moment and without waiting. @param start of the page */
  hit(node: number, start: number, toWrite: boolean, now: number): Uint8Array | undefined {
    const page = this.cache.find(node, start);
    if (page?.bytes === undefined || page.waiting.length > 0) return undefined;
    if (toWrite && (!page.isExclusive || this.options.acknowledge === 'home')) return undefined;
    if (!this.#session(node).isLive(now)) return undefined;
    this.counters.hits++;
    this.cache.touch(page);
    if (toWrite) page.isDirty = true;
    else if (this.options.prefetch > 0) this.#fetchAhead(node, start, now);
    return page.bytes;
  }

  /** Do what is wanted as soon as it can be done. */
  submit(access: Access, now: number): void {
    this.core.now = now;
    this.counters.misses++;
    const page = this.cache.obtain(access.node, access.page);
    this.#enqueue(page, access);
    this.#pump(page);
    if (access.kind === AccessKind.READ && this.options.prefetch > 0) {
      this.#fetchAhead(access.node, access.page, now);
    }
  }

  /** Nobody waits for this access any more. If it was under way it may take effect all the same. */
  cancel(access: Access, cause: unknown, now: number): void {
    this.core.now = now;
    if (access.isSettled) return;
    access.settle(MemoryError.aborted(this.#asked(access), cause));
    const page = this.cache.find(access.node, access.page);
    if (page !== undefined) this.#pump(page);
  }

  onProbe(probe: Message, now: number): void {
    this.core.now = now;
    if ((probe.extensions & Extension.COHERENCE) === 0) return;
    if (probe.op === Op.NOTIFY) {
      this.#subscriptions.notice(probe);
      return;
    }
    // Who has no session has no copies, and would not be believed.
    if (this.#session(probe.node).isLive(now)) this.#probes.take(probe);
  }

  tick(now: number): void {
    this.core.now = now;
    for (const session of this.#sessions.values()) {
      session.tick(now);
      const leaveBy = this.#leaveBy.get(session);
      if (leaveBy !== undefined && now >= leaveBy) this.#giveUpWritebacks(session);
    }
    for (const page of this.#fetching) if (now >= page.fetch!.complainAt) this.#complain(page);
    for (let access = this.#firstWaiting(); access !== undefined; access = this.#firstWaiting()) {
      if (now < access.since + this.options.timeout) break;
      access.settle(MemoryError.timeout(this.#asked(access)));
      const page = this.cache.find(access.node, access.page);
      if (page !== undefined) this.#pump(page);
    }
    this.#subscriptions.tick(now);
  }

  subscribe(subscriber: Subscriber, now: number): void {
    this.core.now = now;
    this.#subscriptions.add(subscriber);
  }

  unsubscribe(subscriber: Subscriber, now: number): void {
    this.core.now = now;
    this.#subscriptions.remove(subscriber);
  }

  /** What has been written until now goes home. @param done when it is there. LOST: since the last time something was lost */
  flush(done: (error: MemoryError | undefined) => void, now: number): void {
    this.core.now = now;
    let missing = 1;
    const settled: Settled = () => {
      if (--missing > 0) return;
      const lost = this.#lost;
      this.#lost = [];
      done(lost.length === 0 ? undefined : MemoryError.lost(this.options.prefix, lost));
    };
    for (const page of this.cache.all()) {
      const { writeback, isDirty, nextWriteback } = page;
      if (writeback === undefined && !isDirty) continue;
      missing++;
      // Not the one on its way: that one carries what was written before it began.
      if (isDirty) page.flushers.push(settled);
      else if (nextWriteback !== undefined) nextWriteback.flushers.push(settled);
      else writeback!.flushers.push(settled);
      if (writeback === undefined) this.#writeBack(page);
    }
    settled(false);
  }

  /** Forget all copies and tell the directory, as far as a single message can. What is dirty is lost: flush before. */
  leave(): void {
    for (const page of this.cache.all()) {
      if (page.bytes === undefined || page.isDirty) continue;
      this.#recycle(this.cache.drop(page));
      this.#dropRegion(page);
    }
  }

  /** Nothing goes on any more. */
  failAll(fail: (asked: AskedFor) => MemoryError): void {
    for (const access of this.#line.slice(this.#head)) access.settle(fail(this.#asked(access)));
    this.#line = [];
    this.#head = 0;
    for (const page of this.cache.all()) {
      page.waiting.length = 0;
      for (const access of page.unsafe) access.settle(fail(this.#asked(access)));
      page.unsafe = [];
    }
  }

  #session(node: number): Session {
    const key = this.options.directory === 'home' ? node : ANYCAST_NODE;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const created: Session = new Session({
        ...{ core: this.core, node: key, incarnation: this.options.incarnation },
        onJoined: () => this.#joined(created),
        onOver: () => this.#over(created),
        onRefused: (error) => this.#noSession(created, error),
      });
      session = created;
      this.#sessions.set(key, session);
    }
    return session;
  }

  #enqueue(page: CoherentPage, access: Access): void {
    access.sequence = this.#sequence++;
    access.since = this.core.now;
    page.waiting.push(access);
    if (access.kind === AccessKind.PREFETCH) return; // nobody waits for it
    this.#line.push(access);
  }

  #firstWaiting(): Access | undefined {
    while (this.#head < this.#line.length) {
      const access = this.#line[this.#head]!;
      if (!access.isSettled) return access;
      this.#head++;
      if (this.#head < 1024 && this.#head < this.#line.length) continue;
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
    return undefined;
  }

  /** Do at a page what can be done now, and begin what has to be done first. */
  #pump(page: CoherentPage): void {
    this.#serve(page);
    const [next] = page.waiting;
    if (next === undefined) {
      if (page.isIdle && page.bytes === undefined) this.cache.forget(page);
      return;
    }
    if (page.fetch !== undefined || page.plain !== undefined) return;
    if (page.writeback !== undefined || page.held > 0) return;
    const session = this.#session(page.node);
    if (!session.isLive(this.core.now)) {
      session.tick(this.core.now);
      session.want(this.core.now);
      return;
    }
    const isPlain = next.kind === AccessKind.WRITE || next.kind === AccessKind.ZERO;
    if (isPlain && this.core.now < page.uncachedUntil) this.#writePlain(page, next);
    else this.#fetch(page, session);
  }

  /** What the page's copy can serve, in order. */
  #serve(page: CoherentPage): void {
    const { waiting, bytes } = page;
    let done = 0;
    for (; done < waiting.length; done++) {
      const access = waiting[done]!;
      if (access.isSettled) continue;
      if (bytes === undefined || (access.isWrite && !page.isExclusive)) break;
      access.perform(bytes);
      if (access.isWrite) page.isDirty = true;
      if (access.isWrite && this.options.acknowledge === 'home') page.unsafe.push(access);
      else access.settle();
    }
    waiting.splice(0, done);
    if (page.unsafe.length > 0 && page.writeback === undefined && bytes !== undefined) this.#writeBack(page);
  }

  /** Send the page home and go on with it meanwhile. */
  #writeBack(page: CoherentPage): void {
    page.isDirty = false;
    const bytes = this.#newBuffer();
    bytes.set(page.bytes!);
    this.#writebacks.start(page, bytes, this.#session(page.node).epoch);
  }

  #written(page: CoherentPage, bytes: Uint8Array, error: MemoryError | undefined, epoch: number): void {
    this.#recycle(bytes);
    const session = this.#session(page.node);
    if (error !== undefined) {
      this.counters.lost++;
      this.#lost.push({ node: page.node, start: page.start });
      this.options.onLost(page.node, page.start);
      this.#refused(session, error, epoch);
    }
    if (page.writeback === undefined) {
      for (const proceed of page.onceHome.splice(0)) proceed();
      if (page.bytes === undefined) this.#dropRegion(page);
      const isWanted = page.flushers.length > 0 || page.unsafe.length > 0;
      if (page.isDirty && isWanted && page.writeback === undefined) this.#writeBack(page);
    }
    if (session.state === 'leaving') this.#rejoin(session);
    this.#pump(page);
  }

  #fetch(page: CoherentPage, session: Session): void {
    const { core, options } = this;
    const isUncached = this.core.now < page.uncachedUntil;
    const needsEntry = page.waiting[0]!.kind === AccessKind.UPDATE;
    const isExclusive =
      needsEntry || (!isUncached && page.waiting.some(({ isWrite, isSettled }) => isWrite && !isSettled));
    const { epoch, index } = session;
    let operation!: Operation;
    const transaction = new Transaction({
      isExclusive,
      asker: { node: options.client, epoch, index },
      bytes: this.#newBuffer(),
      isUpgrade: page.bytes !== undefined,
      needsEntry,
      sequence: () => this.#sequence,
      asked: () => core.asked(operation, this.core.now),
      release: (tag, generation) => this.#unblock(page, tag, generation, transaction),
    });
    const { node, start } = page;
    const done = (error: MemoryError | undefined): void => this.#fetched(page, transaction, operation, error);
    const question = [transaction.op, node, start, options.pageSize, done] as const;
    operation = new Operation(...question, undefined, 0, 0, transaction);
    page.fetch = { operation, transaction, complainAt: this.core.now + options.patience };
    this.#fetching.add(page);
    core.submit(operation, this.core.now);
  }

  #fetched(
    page: CoherentPage,
    transaction: Transaction,
    { tag }: Operation,
    error: MemoryError | undefined,
  ): void {
    page.fetch = undefined;
    this.#fetching.delete(page);
    const { bytes } = transaction.assembly;
    if (error !== undefined) {
      this.#recycle(bytes);
      this.#failed(page, transaction, error);
    } else if (transaction.isUncached || (!transaction.isExclusive && transaction.isPoisoned)) {
      this.#show(page, transaction);
      this.#recycle(bytes);
    } else {
      this.#keep(page, transaction);
      if (transaction.isExclusive) this.#unblock(page, tag, page.generation, transaction);
      this.#serve(page);
      this.#makeRoom();
    }
    this.#pump(page);
  }

  /** Data that may not be kept: those may see it who waited before it could become old. */
  #show(page: CoherentPage, { isUncached, startedBefore, poisonedBefore, assembly }: Transaction): void {
    if (isUncached) {
      page.uncachedUntil = this.core.now + UNCACHED_FOR;
      this.counters.uncachedReads++;
    }
    const before = isUncached ? startedBefore : poisonedBefore;
    const { waiting } = page;
    let done = 0;
    for (; done < waiting.length; done++) {
      const access = waiting[done]!;
      if (access.isSettled) continue;
      if (access.isWrite || access.sequence >= before) break;
      access.perform(assembly.bytes);
      access.settle();
    }
    waiting.splice(0, done);
  }

  #keep(page: CoherentPage, transaction: Transaction): void {
    const { assembly, isExclusive, isUpgraded, grant, region } = transaction;
    if (isUpgraded) {
      this.#recycle(assembly.bytes);
      this.cache.touch(page);
      this.counters.upgrades++;
    } else {
      if (page.bytes !== undefined) this.#recycle(this.cache.drop(page));
      this.cache.keep(page, assembly.bytes);
      if (isExclusive) this.counters.exclusive++;
      else this.counters.shared++;
    }
    page.isExclusive = isExclusive;
    page.isDirty = false;
    page.generation = grant.generation;
    page.number = grant.number;
    page.isDirect = transaction.isDirect;
    page.region = region;
    page.uncachedUntil = Number.NEGATIVE_INFINITY;
    this.#regions.granted(page.node, page.start, region, page);
  }

  #failed(page: CoherentPage, transaction: Transaction, error: MemoryError): void {
    if (error.code === 'STALE_EPOCH') {
      this.#refused(this.#session(page.node), error, transaction.epoch);
      return;
    }
    if (error.code === 'UNCACHED') {
      page.uncachedUntil = this.core.now + UNCACHED_FOR;
      return;
    }
    // A client that may only read is refused the GETM, not the GETS.
    for (const access of page.waiting) {
      if (access.sequence >= transaction.startedBefore || access.isWrite !== transaction.isExclusive)
        continue;
      if (access.kind === AccessKind.PREFETCH) this.#prefetch.end(page.node, page.start);
      access.settle(error);
    }
  }

  /** The lock is needed no more. Repeated until it is answered: others wait for it. */
  #unblock(page: CoherentPage, tag: number, generation: number, { epoch }: Transaction): void {
    const { client, pageSize } = this.options;
    const fill = (request: Message): void => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      request.clearCoherence();
      request.generation = generation;
      request.requester = client;
      request.requesterTag = tag;
      request.requesterEpoch = epoch;
    };
    const done = (): void => {};
    const extended = { fill, isUrgent: true, isForgotten: true, isPersistent: true };
    const question = [Op.UNBLOCK, page.node, page.start, pageSize, done] as const;
    this.core.submit(new Operation(...question, undefined, 0, 0, extended), this.core.now);
  }

  /** A WRITE or TRIM at the home, of a page that nobody may keep. */
  #writePlain(page: CoherentPage, access: Access): void {
    const { node, start } = page;
    const fill = (request: Message): void => {
      request.extensions |= Extension.COHERENCE;
      request.clearCoherence();
    };
    const done = (error: MemoryError | undefined): void => {
      page.plain = undefined;
      if (error?.code === 'COHERENT' || error?.code === 'STALE_GRANT') {
        page.uncachedUntil = Number.NEGATIVE_INFINITY; // it has an entry by now
      } else {
        this.counters.uncachedWrites++;
        access.settle(error);
      }
      this.#pump(page);
    };
    const op = access.kind === AccessKind.ZERO ? Op.TRIM : Op.WRITE;
    const question = [op, node, start + access.offset, access.length, done] as const;
    page.plain = new Operation(...question, access.bytes, 0, 0, { fill });
    this.core.submit(page.plain, this.core.now);
  }

  #makeRoom(): void {
    while (this.cache.isOverfull) {
      const victim = this.cache.victim((page) => page.isIdle);
      if (victim === undefined) return;
      this.counters.evictions++;
      const { isDirty } = victim;
      const bytes = this.cache.drop(victim);
      victim.isDirty = false;
      victim.isExclusive = false;
      if (isDirty) {
        this.#writebacks.start(victim, bytes, this.#session(victim.node).epoch);
        continue;
      }
      this.#recycle(bytes);
      this.#dropRegion(victim);
      this.cache.forget(victim);
    }
  }

  /** Tell the directory, if nothing is left here of the page's region. */
  #dropRegion({ node, start, region }: CoherentPage): void {
    if (region === 0) return;
    const session = this.#session(node);
    const last = this.#regions.last(node, start, region);
    if (last === undefined || session.state !== 'live') return;
    const size = 2 ** region;
    for (const page of this.cache.within(node, start - (start % size), size)) {
      if (page.bytes !== undefined || page.fetch !== undefined || page.writeback !== undefined) return;
      if (page.held > 0) return;
    }
    this.#regions.forget(node, start, region);
    this.core.post(Op.DROP, node, start, this.options.pageSize, 0, (request) => {
      request.epoch = session.epoch;
      request.extensions |= Extension.COHERENCE;
      request.clearCoherence();
      request.generation = last.generation;
      request.number = last.number;
    });
  }

  #fetchAhead(node: number, start: number, now: number): void {
    const range = this.#prefetch.read(node, start);
    if (range === undefined) return;
    this.core.now = now;
    const { pageSize, cachePages } = this.options;
    for (let at = range.from; at < range.to; at += pageSize) {
      if (this.#fetching.size >= cachePages) return; // it would push out what it fetches
      const page = this.cache.obtain(node, at);
      if (page.bytes !== undefined || !page.isIdle) continue;
      this.counters.prefetched++;
      this.#enqueue(page, new Access(AccessKind.PREFETCH, node, at, 0, 0, undefined, undefined, () => {}));
      this.#pump(page);
    }
  }

  #complain(page: CoherentPage): void {
    const { pageSize, patience } = this.options;
    page.fetch!.complainAt = this.core.now + patience;
    this.counters.complaints++;
    const { epoch } = this.#session(page.node);
    const fill = (request: Message): void => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      request.clearCoherence();
    };
    const question = [Op.COMPLAIN, page.node, page.start, pageSize, () => {}] as const;
    this.core.submit(
      new Operation(...question, undefined, 0, 0, { fill, isUrgent: true, isForgotten: true }),
      this.core.now,
    );
  }

  /** The session may be over for the directory. @param epoch that the refused message had */
  #refused(session: Session, error: MemoryError, epoch: number): void {
    if (error.code === 'STALE_EPOCH' && session.epoch === epoch) session.end(this.core.now);
  }

  #joined(session: Session): void {
    this.counters.joins++;
    if (!session.isLive(this.core.now)) {
      session.end(this.core.now); // the answer took longer than the lease
      return;
    }
    for (const page of this.#pagesOf(session)) this.#pump(page);
    this.#subscriptions.renew(this.core.now);
  }

  /** Copies may be used no more: shared ones are forgotten, dirty ones go home if they are still taken there. */
  #over(session: Session): void {
    this.#leaveBy.set(session, this.core.now + this.options.timeout);
    this.#probes.forget((node) => this.#session(node) === session);
    for (const page of this.#pagesOf(session)) {
      if (page.fetch !== undefined) {
        this.core.drop(page.fetch.operation, this.core.now);
        this.#recycle(page.fetch.transaction.assembly.bytes);
        page.fetch = undefined;
        this.#fetching.delete(page);
      }
      if (page.bytes === undefined) continue;
      const { isDirty } = page;
      const bytes = this.cache.drop(page);
      page.isDirty = false;
      page.isExclusive = false;
      if (isDirty) this.#writebacks.start(page, bytes, session.epoch);
      else this.#recycle(bytes);
    }
    this.#regions.clear();
    this.#rejoin(session);
  }

  /** When nothing of the life before is on its way. */
  #rejoin(session: Session): void {
    if (session.state !== 'leaving') return;
    const pages = this.#pagesOf(session);
    if (pages.some(({ writeback }) => writeback !== undefined)) return;
    this.#leaveBy.delete(session);
    session.join(this.core.now);
  }

  #giveUpWritebacks(session: Session): void {
    for (const page of this.#pagesOf(session)) {
      while (page.writeback !== undefined) {
        const asked = this.core.asked(page.writeback.operation, this.core.now);
        this.#writebacks.abandon(page, MemoryError.timeout(asked));
      }
    }
  }

  #noSession(session: Session, error: MemoryError): void {
    for (const page of this.#pagesOf(session)) {
      for (const access of page.waiting) access.settle(error);
      page.waiting.length = 0;
      this.#pump(page);
    }
  }

  #pagesOf(session: Session): CoherentPage[] {
    return this.cache.all().filter(({ node }) => this.#session(node) === session);
  }

  #asked({ op, node, page, offset, length, since }: Access): AskedFor {
    const { prefix } = this.options;
    const pointer = BigInt(page + offset);
    const attempts = this.cache.find(node, page)?.fetch?.operation.attempt ?? 0;
    return { op, prefix, node, pointer, length, attempts: attempts + 1, elapsed: this.core.now - since };
  }

  #newBuffer(): Uint8Array {
    return this.#pool.pop() ?? new Uint8Array(this.options.pageSize);
  }

  #recycle(bytes: Uint8Array): void {
    if (this.#pool.length < POOL) this.#pool.push(bytes);
  }
}
