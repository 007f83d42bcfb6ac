import {
  Coherence,
  chunkCount,
  Extension,
  impliedChunkBytes,
  Kind,
  Message,
  Op,
  Reason,
} from '../wire/index.js';
import type { AnswerMemory } from './answers.js';
import type { BuddyAllocator } from './buddy.js';
import type { HomeCounters } from './counters.js';
import { Grants } from './grants.js';
import type { Slabs } from './slabs.js';
import type { Staging } from './staging.js';

/** What a home shares with the rest of its server. */
export interface HomeParts {
  readonly pageSize: number;
  /** Bytes of payload in a chunk that has a coherence header. */
  readonly perChunk: number;
  readonly allocator: BuddyAllocator;
  readonly slabs: Slabs;
  readonly answers: AnswerMemory;
  readonly staging: Staging;
  readonly counters: HomeCounters;
  /** Tells replies apart that carry the same page (docs/protocol.md, Chunks). */
  nextSnapshot(): number;
  /** Send one frame to where the request came from. */
  emit(answer: Message, payload: Uint8Array): void;
  /** A REPLY to GETS or GETM is about to leave: what the directory has to say in it, if this server is the directory. */
  replying?(answer: Message): void;
}

const NO_PAYLOAD = new Uint8Array(0);
/** What only the switch says, and only on the way to a requester. */
const NOT_THE_HOMES =
  Coherence.GRANTED | Coherence.CLEAR | Coherence.HOME | Coherence.KEEP | Coherence.FORWARD;

/** The home's part in coherence: grants pages, takes them back, and orders what arrives late (docs/coherence.md, "The home"). */
export class Home {
  readonly grants: Grants;
  readonly #answer = new Message();

  constructor(private readonly parts: HomeParts) {
    this.grants = new Grants(parts.pageSize);
  }

  /** GETS: a page to read. @returns 0 if it was answered, else why it is refused */
  getShared(request: Message): Reason | 0 {
    const refusal = this.check(request);
    if (refusal !== 0) return refusal;
    const start = request.offsetInNode;
    // Nobody but the requester may write it by now: what an earlier owner or writer sent and has not arrived yet is lost, and must
    // not change the page under the copy that is given away here.
    const isUncached = (request.coherence & Coherence.UNCACHED) !== 0;
    if (!isUncached && this.grants.compare(start, request.generation, request.number) > 0) {
      this.grants.share(start, request);
    }
    this.parts.counters.pagesGranted++;
    this.#sendPage(this.#grant(request));
    return 0;
  }

  /** GETM: a page to write. @returns 0 if it was answered or is too late for an answer, else why it is refused */
  getModified(request: Message): Reason | 0 {
    const refusal = this.check(request);
    if (refusal !== 0) return refusal;
    const start = request.offsetInNode;
    const order = this.grants.compare(start, request.generation, request.number);
    if (order < 0) {
      this.parts.counters.late++;
      return 0;
    }
    if (order > 0) this.grants.own(start, request);
    const answer = this.#grant(request);
    if ((request.coherence & Coherence.UPGRADE) === 0) {
      this.parts.counters.pagesGranted++;
      this.#sendPage(answer);
      return 0;
    }
    this.parts.counters.upgrades++;
    this.parts.replying?.(answer);
    this.parts.emit(answer, NO_PAYLOAD);
    return 0;
  }

  /** WRITEBACK of a page, with FORWARD also to a requester. @returns as getShared, or 0 while chunks are missing */
  writeback(request: Message, frame: Uint8Array, now: number): Reason | 0 {
    const perChunk = impliedChunkBytes(request);
    if (perChunk === 0 || request.length !== this.parts.pageSize) return Reason.BAD_LENGTH;
    const start = request.offsetInNode;
    if (start % this.parts.pageSize !== 0) return Reason.CROSSES_PAGE;
    const allocation = this.parts.allocator.find(start, request.length);
    if (allocation === undefined) return Reason.OUT_OF_BOUNDS;
    const { staging, slabs } = this.parts;
    if (request.chunks === 1) {
      if (!this.#isFromOwner(request)) return Reason.STALE_GRANT;
      slabs.write(start, request.payload(frame));
    } else {
      const staged = staging.add(request, frame, perChunk, allocation, now);
      if (staged === undefined) return Reason.BUSY;
      if (staged.missing > 0) return 0;
      staging.drop(staged);
      // Who the owner is when the page is complete is what counts.
      if (!this.#isFromOwner(request)) return Reason.STALE_GRANT;
      slabs.write(start, staged.bytes.subarray(0, staged.length));
    }
    this.parts.counters.writebacks++;
    return this.#release(request, now);
  }

  /** FORWARD: an owner that changed nothing gives the page on. @returns as getShared */
  forward(request: Message, now: number): Reason | 0 {
    const refusal = this.check(request);
    if (refusal !== 0) return refusal;
    if (!this.#isFromOwner(request)) return Reason.STALE_GRANT;
    return this.#release(request, now);
  }

  /** A WRITEBACK or FORWARD that took effect before: its requester may have missed the page, too. */
  repeated(request: Message): void {
    if (!isForwarding(request) || request.chunk !== request.chunks - 1) return;
    const isLate = this.grants.compare(request.offsetInNode, request.generation, request.number) < 0;
    if (!isLate) this.#sendToRequester(request);
  }

  #release(request: Message, now: number): 0 {
    const { answers, emit } = this.parts;
    const start = request.offsetInNode;
    const answer = this.#answer.answer(request, Kind.REPLY);
    answers.remember(request, answer, 0, now);
    if (isForwarding(request)) {
      if (this.grants.compare(start, request.generation, request.number) > 0) {
        const isExclusive = (request.coherence & Coherence.EXCLUSIVE) !== 0;
        if (isExclusive) this.grants.own(start, request);
        else this.grants.disown(start, request.generation, request.number);
      }
      // The requester is waiting; the sender has all it needs.
      this.#sendToRequester(request);
    }
    emit(this.#answer.answer(request, Kind.REPLY), NO_PAYLOAD);
    return 0;
  }

  /** The answer to the GETS or GETM that a WRITEBACK or FORWARD is about. */
  #sendToRequester(request: Message): void {
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.op = (request.coherence & Coherence.EXCLUSIVE) !== 0 ? Op.GETM : Op.GETS;
    answer.client = request.requester;
    answer.clientPort = request.requesterPort;
    answer.tag = request.requesterTag;
    answer.epoch = request.requesterEpoch;
    answer.attempt = 0;
    answer.coherence =
      (request.coherence & ~(NOT_THE_HOMES | Coherence.UPGRADE | Coherence.UNCACHED)) | Coherence.FORWARD;
    this.parts.counters.pagesForwarded++;
    this.#sendPage(answer);
  }

  #grant(request: Message): Message {
    const answer = this.#answer.answer(request, Kind.REPLY);
    // What a requester could have put there to speak for a holder.
    answer.coherence &= ~NOT_THE_HOMES;
    answer.bitmapLow = 0;
    answer.bitmapHigh = 0;
    return answer;
  }

  #sendPage(answer: Message): void {
    const { pageSize, perChunk, slabs } = this.parts;
    const start = answer.offsetInNode;
    answer.length = pageSize;
    answer.chunks = chunkCount(pageSize, perChunk);
    answer.hint = this.parts.nextSnapshot();
    this.parts.replying?.(answer);
    for (let offset = 0; offset < pageSize; offset += perChunk) {
      answer.offset = offset;
      this.parts.emit(answer, slabs.peek(start + offset, Math.min(perChunk, pageSize - offset)));
      answer.chunk++;
    }
  }

  #isFromOwner({ offsetInNode, client, epoch, generation }: Message): boolean {
    return this.grants.isOwner(offsetInNode, client, epoch, generation);
  }

  /** One whole page, asked for without payload. @returns 0 or why it is refused */
  check(request: Message): Reason | 0 {
    const { pageSize, allocator } = this.parts;
    const isBare =
      request.payloadLength === 0 && request.chunk === 0 && request.chunks === 1 && request.offset === 0;
    if (!isBare || request.length !== pageSize) return Reason.BAD_LENGTH;
    const start = request.offsetInNode;
    if (start % pageSize !== 0) return Reason.CROSSES_PAGE;
    return allocator.find(start, pageSize) === undefined ? Reason.OUT_OF_BOUNDS : 0;
  }
}

/** Whether a WRITEBACK or FORWARD sends the page on. */
export function isForwarding(request: Message): boolean {
  return (
    request.op === Op.FORWARD ||
    (request.op === Op.WRITEBACK && (request.coherence & Coherence.FORWARD) !== 0)
  );
}

export function isCoherent(message: Message): boolean {
  return (message.extensions & Extension.COHERENCE) !== 0;
}
