import * as directory from '../coherence/directory.js';
import { ANYCAST_NODE, Coherence, Extension, Kind, Message, Op, PROBE_PORT, Reason } from '../wire/index.js';
import type { Home } from './home.js';
import { type HomeSession, HomeSessions } from './home-sessions.js';

export interface HomeDirectoryOptions {
  /** Milliseconds; see HomeSessionOptions. */
  readonly lease: number;
  readonly margin: number;
  /** Milliseconds after which a lock may be taken from its holder. */
  readonly lockLease: number;
}

export const DEFAULT_HOME_DIRECTORY: HomeDirectoryOptions = { lease: 3000, margin: 300, lockLease: 50 };

export interface HomeDirectoryParts extends HomeDirectoryOptions {
  readonly pageSize: number;
  /** Of all its entries: goes up with each life of the server. */
  readonly generation: number;
  readonly home: Home;
  /** Send one frame without payload to the client that the message names. */
  emit(message: Message): void;
}

/** Milliseconds to wait when an entry is blocked. */
export const BLOCKED_HINT = 1;
/** Milliseconds between two looks for sessions that are over. */
const EXPIRE_EVERY = 10;
/** What an answer to a probe says of the request that it is about. */
const OF_THE_REQUEST = Coherence.EXCLUSIVE | Coherence.UPGRADE;

/**
 * The directory in the memory server that is home to the pages, `coherence: home`: for fabrics without a programmable switch. It does to messages what the
 * switch program does, with the same transition function; its regions are pages, and each page has an entry.
 * Entries stay as long as the server lives: their numbers must never begin anew under the same generation.
 */
export class HomeDirectory {
  readonly #entries = new Map<number, directory.Entry>();
  readonly #sessions: HomeSessions;
  readonly #region: number;
  readonly #answer = new Message();
  #now = 0;
  #expireAt = 0;

  constructor(private readonly parts: HomeDirectoryParts) {
    const { lease, margin, generation, pageSize } = parts;
    this.#sessions = new HomeSessions({ lease, margin, lastEpoch: generation });
    this.#region = Math.log2(pageSize);
  }

  get generation(): number {
    return this.parts.generation;
  }

  /** Clients that may have copies. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /** Where a client with a session is reached. */
  macOf(node: number): Uint8Array | undefined {
    return this.#sessions.of(node)?.mac;
  }

  /** JOIN, RENEW or COMPLAIN. @param mac of the sender. @returns 0 if it was answered or is dropped, else why it is refused */
  session(request: Message, mac: Uint8Array, now: number): Reason | 0 {
    this.#expire(now);
    if (!isCoherent(request)) return Reason.BAD_OPERATION;
    let session: HomeSession | undefined;
    if (request.op === Op.JOIN) {
      const incarnation = (BigInt(request.bitmapHigh) << 32n) | BigInt(request.bitmapLow);
      const joined = this.#sessions.join(request.client, mac.slice(), incarnation, request.number, now);
      if (joined === 'full') return Reason.BUSY;
      if (joined === 'stale') return 0;
      session = joined.session;
      if (joined.isNew) this.#fence(session);
    } else {
      session = this.#sessions.of(request.client);
      if (session === undefined || session.epoch !== request.epoch) return Reason.STALE_EPOCH;
      if (request.op === Op.RENEW) session.heardAt = now;
    }
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.requesterEpoch = session.epoch;
    answer.requesterIndex = session.index;
    answer.number = this.#sessions.lease;
    this.parts.emit(answer);
    return 0;
  }

  /** A message of a client with a session. Its words about itself are replaced by what is known. @returns why it is refused, 0 if it may pass */
  admit(request: Message, now: number): Reason | 0 {
    this.#expire(now);
    this.#now = now;
    if (!isCoherent(request)) return Reason.BAD_OPERATION;
    const session = this.#sessions.of(request.client);
    if (session === undefined || session.epoch !== request.epoch) return Reason.STALE_EPOCH;
    const { bitLo, bitHi } = directory.senderOf(session.index);
    switch (request.op) {
      case Op.GETS:
      case Op.GETM: {
        const upgrade = request.coherence & Coherence.UPGRADE;
        request.requester = request.client;
        request.requesterPort = request.clientPort;
        request.requesterTag = request.tag;
        request.requesterEpoch = request.epoch;
        request.requesterIndex = session.index;
        request.coherence = request.op === Op.GETM ? Coherence.EXCLUSIVE | upgrade : 0;
        request.bitmapLow = 0;
        request.bitmapHigh = 0;
        break;
      }
      case Op.WRITEBACK:
      case Op.FORWARD:
      case Op.ACK: {
        const forward = request.op === Op.ACK ? 0 : Coherence.FORWARD;
        request.coherence &= OF_THE_REQUEST | forward;
        request.bitmapLow = bitLo;
        request.bitmapHigh = bitHi;
        break;
      }
      default:
        request.coherence = 0;
        request.bitmapLow = 0;
        request.bitmapHigh = 0;
        request.requesterIndex = session.index;
    }
    return 0;
  }

  /** GETS or GETM that was admitted, of a page that is allocated. @returns as Home.getShared, or BUSY */
  request(request: Message): Reason | 0 {
    const { home, generation, lockLease } = this.parts;
    const entry = this.#entry(request.offsetInNode);
    const sender = directory.senderOf(request.requesterIndex);
    const now = Math.floor(this.#now) >>> 0;
    const route =
      request.op === Op.GETS
        ? directory.getShared(entry, sender, request.tag, now)
        : directory.getModified(entry, sender, request.tag, now, lockLease);
    if (route.to === 'busy') return Reason.BUSY;
    request.generation = generation;
    request.number = route.number;
    request.region = this.#region;
    if (route.to === 'probe') this.#probe(request, route);
    const isHomeAsked = route.to === 'home' || (route.to === 'probe' && route.home);
    if (!isHomeAsked) return 0;
    return request.op === Op.GETS ? home.getShared(request) : home.getModified(request);
  }

  /** ACK, UNBLOCK, DROP or SUBSCRIBE that was admitted. */
  tell(request: Message): void {
    const entry = this.#entry(request.offsetInNode);
    const session = this.#sessions.of(request.client)!;
    const sender = directory.senderOf(session.index);
    const fits = request.generation === this.parts.generation;
    switch (request.op) {
      case Op.ACK:
        this.#acknowledged(request, entry, sender, fits);
        break;
      case Op.UNBLOCK: {
        const told = directory.unblock(entry, sender, request.requesterTag, fits);
        if (told !== undefined) request.number = entry.changes;
        this.parts.emit(this.#answer.answer(request, Kind.REPLY));
        if (told !== undefined) this.#notify(request, told);
        break;
      }
      case Op.DROP:
        directory.drop(entry, sender, request.number, fits);
        break;
      default: {
        const changes = directory.subscribe(entry, sender, request.flags !== 0);
        const answer = this.#answer.answer(request, Kind.REPLY);
        answer.number = changes;
        this.parts.emit(answer);
      }
    }
  }

  /** A page is about to leave for a requester: what the directory has to say to it. */
  replying(answer: Message): void {
    const entry = this.#entry(answer.offsetInNode);
    const fits = answer.generation === this.parts.generation;
    const about = { index: answer.requesterIndex, tag: answer.requesterTag };
    const { bitmapLow: bitLo, bitmapHigh: bitHi } = answer;
    const isForwarded = (answer.coherence & Coherence.FORWARD) !== 0;
    const progress = isForwarded
      ? directory.answered(entry, { index: -1, bitLo, bitHi }, answer.number, fits, about)
      : directory.progress(entry, fits, about);
    answer.coherence |= flagsOf(progress);
  }

  /** Whether the home has the page's last bytes. @param start of the page */
  isCurrent(start: number): boolean {
    const entry = this.#entries.get(start);
    return entry === undefined || directory.isHomeCurrent(entry);
  }

  /** Whether anybody may have a copy of the page, or is about to. */
  isHeld(start: number): boolean {
    const entry = this.#entries.get(start);
    if (entry === undefined) return false;
    const { sharersLo, sharersHi, pendingLo, pendingHi, lockTag } = entry;
    return (sharersLo | sharersHi | pendingLo | pendingHi | lockTag) !== 0;
  }

  /** Demand all copies of a range back. To be repeated. @param request the FREE. @returns whether there are none left */
  recall(request: Message, start: number, length: number, now: number): boolean {
    this.#expire(now);
    const { pageSize, generation, lockLease } = this.parts;
    const controller = directory.senderOf(directory.CONTROLLER_INDEX);
    let isClear = true;
    for (let at = start; at < start + length; at += pageSize) {
      if (!this.isHeld(at)) continue;
      const entry = this.#entry(at);
      const route = directory.getModified(entry, controller, request.tag, Math.floor(now) >>> 0, lockLease);
      if (route.to === 'recalled') {
        directory.unblock(entry, controller, request.tag, true);
        continue;
      }
      isClear = false;
      if (route.to !== 'probe') continue;
      const recall = new Message();
      recall.prefix = request.prefix;
      recall.node = request.node;
      recall.op = Op.GETM;
      recall.offsetInNode = at;
      recall.length = pageSize;
      recall.tag = request.tag;
      recall.extensions = Extension.COHERENCE;
      recall.requester = ANYCAST_NODE;
      recall.requesterTag = request.tag;
      recall.requesterIndex = directory.CONTROLLER_INDEX;
      recall.coherence = OF_THE_REQUEST;
      recall.generation = generation;
      recall.number = route.number;
      recall.region = this.#region;
      this.#probe(recall, route);
    }
    return isClear;
  }

  #acknowledged(request: Message, entry: directory.Entry, sender: directory.Sender, fits: boolean): void {
    const { requesterIndex: index, requesterTag: tag, number } = request;
    const progress = directory.answered(entry, sender, number, fits, { index, tag });
    if (index === directory.CONTROLLER_INDEX) return; // whoever recalls asks again
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.op = (request.coherence & Coherence.EXCLUSIVE) !== 0 ? Op.GETM : Op.GETS;
    answer.client = request.requester;
    answer.clientPort = request.requesterPort;
    answer.tag = tag;
    answer.epoch = request.requesterEpoch;
    answer.attempt = 0;
    answer.length = 0;
    answer.coherence |= flagsOf(progress);
    this.parts.emit(answer);
  }

  #probe(request: Message, route: { lo: number; hi: number; keep: boolean }): void {
    const probe = this.#answer.answer(request, Kind.PROBE);
    probe.extensions = Extension.COHERENCE;
    probe.echoCoherence(request);
    probe.bitmapLow = route.lo;
    probe.bitmapHigh = route.hi;
    if (route.keep) probe.coherence |= Coherence.KEEP;
    this.#toAll(probe, route);
  }

  #notify(request: Message, told: { lo: number; hi: number }): void {
    const notice = this.#answer.answer(request, Kind.PROBE);
    notice.op = Op.NOTIFY;
    notice.region = this.#region;
    this.#toAll(notice, told);
  }

  #toAll(message: Message, { lo, hi }: { lo: number; hi: number }): void {
    message.clientPort = PROBE_PORT;
    for (let index = 0; index < directory.MAX_SHARERS; index++) {
      const bit = index < 32 ? (lo >>> index) & 1 : (hi >>> (index - 32)) & 1;
      const session = bit === 0 ? undefined : this.#sessions.at(index);
      if (session === undefined) continue;
      message.client = session.node;
      this.parts.emit(message);
    }
  }

  #expire(now: number): void {
    if (now < this.#expireAt) return;
    this.#expireAt = now + EXPIRE_EVERY;
    for (const session of this.#sessions.expire(now)) this.#fence(session);
  }

  #fence({ index }: HomeSession): void {
    const { bitLo, bitHi } = directory.senderOf(index);
    for (const entry of this.#entries.values()) {
      directory.fence(entry, bitLo, bitHi);
      if (entry.owner === index + 1) entry.owner = 0;
    }
  }

  #entry(start: number): directory.Entry {
    let entry = this.#entries.get(start);
    if (entry === undefined) {
      entry = directory.newEntry();
      this.#entries.set(start, entry);
    }
    return entry;
  }
}

function flagsOf({ clear, granted }: directory.Progress): number {
  return (clear ? Coherence.CLEAR : 0) | (granted ? Coherence.GRANTED : 0);
}

function isCoherent(message: Message): boolean {
  return (message.extensions & Extension.COHERENCE) !== 0;
}
