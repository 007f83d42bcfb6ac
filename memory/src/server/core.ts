import type { HalfSipKey } from '../capability/halfsiphash.js';
import { mint, startOf } from '../capability/token.js';
import {
  ANYCAST_NODE,
  chunkBytes,
  chunkCount,
  decodeFrame,
  decodeMove,
  Extension,
  encodeStamp,
  FrameWriter,
  impliedChunkBytes,
  Kind,
  MAX_ALLOCATION,
  Message,
  Op,
  PROBE_PORT,
  Reason,
} from '../wire/index.js';
import { type Answered, type AnswerLimits, AnswerMemory } from './answers.js';
import { BuddyAllocator } from './buddy.js';
import { countNack, countRequest, newCounters } from './counters.js';
import { Guests, type Space } from './guests.js';
import { Home, isCoherent } from './home.js';
import { BLOCKED_HINT, HomeDirectory, type HomeDirectoryOptions } from './home-directory.js';
import type { Allocation } from './live-blocks.js';
import { MoveSteps } from './move-steps.js';
import { MoveTable } from './moving.js';
import { Slabs } from './slabs.js';
import { Staging, type StagingLimits } from './staging.js';

export interface ServerCoreOptions {
  node: number;
  /** Six bytes. */
  mac: Uint8Array;
  /** Bytes, a multiple of the page size. */
  capacity: number;
  pageSize: number;
  mtu: number;
  prefix: number;
  port: number;
  /** Milliseconds since 1970 at the server's start, for its stamps. */
  incarnation: bigint;
  answers?: AnswerLimits;
  staging?: StagingLimits;
  /** Milliseconds that a client is asked to wait when it is told BUSY. */
  busyHint: number;
  /** Keep the directory for this server's pages: `coherence: home`. */
  directory?: HomeDirectoryOptions;
}

const NO_PAYLOAD = new Uint8Array(0);
/** Of the payload of KEY. */
const KEY_BYTES = 8;
/**
 * Refusals that a repetition must get too, although the state may have changed meanwhile: else a late duplicate of a
 * request that failed could still take effect, when nobody waits for it any more.
 */
const DEPENDS_ON_STATE: ReadonlySet<Reason> = new Set([
  Reason.OUT_OF_BOUNDS,
  Reason.NO_MEMORY,
  Reason.NOT_ALLOCATED,
  Reason.STALE_GRANT,
]);

/**
 * A memory server without its wire: a frame goes in, frames come out through `send` before `receive` returns. No clock and
 * no chance: the same frames at the same times give the same answers. Whatever comes in, it does not throw, answers
 * at most what one page needs, and touches no byte outside an allocation.
 */
export class ServerCore {
  readonly counters = newCounters();
  readonly allocator: BuddyAllocator;
  readonly slabs: Slabs;
  readonly answers: AnswerMemory;
  readonly staging: Staging;
  readonly home: Home;
  /** With `coherence: home`. */
  readonly directory: HomeDirectory | undefined;
  /** What its capabilities are made with; undefined until the controller has given it one. */
  #key: HalfSipKey | undefined;
  /** Allocations of other nodes that moved here. */
  readonly guests: Guests;
  /** Allocations that are on their way. */
  readonly moves = new MoveTable();
  readonly #steps: MoveSteps;
  readonly #own: Space;
  /** Whose address the request names. */
  #space: Space;
  /** Counts allocations and frees, for the stamps. */
  #generation = 0;
  /** Tells two replies to one READ apart, whose request was duplicated on its way. */
  #snapshot = 0;
  readonly #perChunk: number;
  readonly #writer: FrameWriter;
  readonly #request = new Message();
  readonly #answer = new Message();
  readonly #asker = new Uint8Array(6);
  readonly #decodeOptions: { prefix: number; port: number };

  /** @param send takes one frame; its bytes are reused after it returns. @returns false if the frame was dropped */
  constructor(
    private readonly options: ServerCoreOptions,
    private readonly send: (frame: Uint8Array) => boolean,
  ) {
    const { capacity, pageSize, mtu, prefix, port } = options;
    this.allocator = new BuddyAllocator(capacity, pageSize);
    this.slabs = new Slabs(pageSize);
    this.answers = new AnswerMemory(options.answers);
    this.staging = new Staging(pageSize, options.staging);
    this.guests = new Guests(pageSize);
    this.#perChunk = chunkBytes(mtu);
    const { allocator, slabs, answers, staging } = this;
    this.#own = { slabs, find: (start, length) => allocator.find(start, length) };
    this.#space = this.#own;
    this.#writer = new FrameWriter({ maxFrame: mtu + 14, port });
    this.#decodeOptions = { prefix, port };
    this.home = new Home({
      ...{ pageSize, perChunk: chunkBytes(mtu, true), allocator, slabs, answers, staging },
      counters: this.counters.home,
      nextSnapshot: () => this.#nextSnapshot(),
      emit: (answer, payload) => this.#emit(answer, payload),
      replying: (answer) => this.directory?.replying(answer),
    });
    const { grants } = this.home;
    this.#steps = new MoveSteps({ ...this, node: options.node, pageSize, perChunk: this.#perChunk, grants });
    const { directory, incarnation } = options;
    if (directory === undefined) return;
    const generation = Number(BigInt.asUintN(32, incarnation / 1000n)) || 1;
    this.directory = new HomeDirectory({
      ...{ ...directory, pageSize, generation, home: this.home },
      emit: (message) => this.#emit(message, NO_PAYLOAD),
    });
  }

  /** @param now milliseconds, never running backwards */
  receive(frame: Uint8Array, now: number): void {
    const { counters } = this;
    const request = this.#request;
    counters.frames++;
    if (!this.#isForMe(frame)) {
      counters.foreign++;
      return;
    }
    const defect = decodeFrame(frame, request, this.#decodeOptions);
    if (defect !== undefined) {
      counters.defects[defect]++;
      if (defect !== 'BAD_VERSION' && defect !== 'BAD_KIND') return;
    }
    if (request.kind === Kind.REPLY || request.kind === Kind.NACK || request.kind === Kind.PROBE) {
      counters.notRequests++;
      return;
    }
    const space = this.#spaceOf(request);
    if (space === undefined) {
      counters.otherNode++;
      return;
    }
    this.#space = space;
    for (let i = 0; i < 6; i++) this.#asker[i] = frame[6 + i]!;
    let refusal: Reason | 0 = Reason.BAD_VERSION;
    if (defect === undefined) {
      countRequest(counters, request.op);
      refusal = this.#carryOut(frame, now);
    }
    if (refusal !== 0) this.#refuse(refusal, now);
  }

  /** @returns undefined for addresses that are not at home here */
  #spaceOf({ node, op, client }: Message): Space | undefined {
    const isOwn = node === this.options.node || (node === ANYCAST_NODE && op === Op.ALLOC);
    if (isOwn) return this.#own;
    // What the controller wants to bring here is not here yet.
    return this.guests.space(node) ?? (op === Op.MOVE && client === ANYCAST_NODE ? this.#own : undefined);
  }

  /** @returns 0 if the request was answered (or waits for more chunks), else why it is refused */
  #carryOut(frame: Uint8Array, now: number): Reason | 0 {
    switch (this.#request.op) {
      case Op.READ:
        return this.#checkRange() || this.#checkBare() || this.#checkCurrent() || this.#read();
      case Op.WRITE:
        return this.#checkRange() || this.#write(frame, now);
      case Op.TRIM:
        return this.#checkRange() || this.#checkBare() || this.#trim(now);
      case Op.ALLOC:
        return this.#checkBare() || this.#alloc(now);
      case Op.FREE:
        return this.#checkBare() || this.#free(now);
      case Op.GETS:
      case Op.GETM:
      case Op.WRITEBACK:
      case Op.FORWARD:
        return isCoherent(this.#request) ? this.#coherence(frame, now) : Reason.BAD_OPERATION;
      case Op.ACK:
      case Op.UNBLOCK:
      case Op.DROP:
      case Op.SUBSCRIBE:
        return this.directory === undefined ? Reason.BAD_OPERATION : this.#tell(now);
      case Op.JOIN:
      case Op.RENEW:
      case Op.COMPLAIN:
        return this.directory === undefined
          ? Reason.BAD_OPERATION
          : this.#checkBare() || this.directory.session(this.#request, this.#asker, now);
      case Op.CAPABILITY:
        return this.#checkBare() || this.#capability();
      case Op.KEY:
        return this.#takeKey(frame);
      case Op.MOVE:
        return this.#move(frame, now);
      case Op.REVOKE:
        return this.#checkBare() || this.#recall(now);
      default: // GRANT too: it is the controller's
        return Reason.BAD_OPERATION;
    }
  }

  #coherence(frame: Uint8Array, now: number): Reason | 0 {
    const request = this.#request;
    // What moves, or moved, is not cached (see MoveSteps): nobody has a copy of it, and nobody gets one.
    if (this.#space !== this.#own) return Reason.BAD_OPERATION;
    const allocation = this.#space.find(request.offsetInNode, 1);
    if (allocation !== undefined && this.moves.get(allocation) !== undefined) return Reason.BUSY;
    const { directory } = this;
    if (directory !== undefined) {
      const refusal = directory.admit(request, now);
      if (refusal !== 0) return refusal;
      if (request.op === Op.GETS || request.op === Op.GETM) {
        return this.home.check(request) || directory.request(request);
      }
    }
    if (request.op === Op.GETS) return this.home.getShared(request);
    if (request.op === Op.GETM) return this.home.getModified(request);
    if (this.#answeredBefore(now)) return 0;
    return request.op === Op.WRITEBACK
      ? this.home.writeback(request, frame, now)
      : this.home.forward(request, now);
  }

  #tell(now: number): Reason | 0 {
    const request = this.#request;
    const refusal = this.#checkBare() || this.directory!.admit(request, now);
    if (refusal !== 0) return refusal;
    const outside = this.home.check(request);
    if (outside === 0) this.directory!.tell(request);
    return outside;
  }

  /** An owner may have newer bytes than this home. */
  #checkCurrent(): Reason | 0 {
    if (this.#space !== this.#own) return 0;
    const isCurrent = this.directory?.isCurrent(this.#pageOf(this.#request)) ?? true;
    return isCurrent ? 0 : Reason.COHERENT;
  }

  #isForMe(frame: Uint8Array): boolean {
    const { mac } = this.options;
    if (frame.length < 12) return false;
    for (let i = 0; i < 6; i++) if (frame[i] !== mac[i]) return false;
    return (frame[6]! & 1) === 0; // an answer to a group address would be a flood
  }

  #read(): Reason | 0 {
    const request = this.#request;
    const start = request.offsetInNode;
    const { length } = request;
    const allocation = this.#space.find(start, length);
    if (allocation === undefined) return Reason.OUT_OF_BOUNDS;
    const refusal = this.#gate(allocation, 'read');
    if (refusal !== 0) return refusal;
    const perChunk = this.#perChunk;
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.chunks = chunkCount(length, perChunk);
    answer.hint = this.#nextSnapshot();
    // All chunks leave in this turn, so they are one snapshot.
    for (let offset = 0; offset < length; offset += perChunk) {
      answer.offset = offset;
      this.#emit(answer, this.#space.slabs.peek(start + offset, Math.min(perChunk, length - offset)));
      answer.chunk++;
    }
    this.counters.bytesRead += length;
    return 0;
  }

  /** The controller has said what is granted, and to whom: the switch lets no client's own CAPABILITY through. */
  #capability(): Reason | 0 {
    const request = this.#request;
    if ((request.extensions & Extension.CAPABILITY) === 0) return Reason.NO_PERMISSION;
    if (this.#key === undefined) return Reason.BUSY;
    const { node, domain, rights, range, keyEpoch: epoch } = request;
    const start = startOf(request.offsetInNode, range);
    const { macLow, macHigh } = mint(this.#key, { node, domain, rights, range, epoch, start });
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.extensions |= Extension.CAPABILITY;
    answer.echoCapability(request);
    answer.macLow = macLow;
    answer.macHigh = macHigh;
    this.#emit(answer, NO_PAYLOAD);
    return 0;
  }

  /** From node ffff: the controller's, which no source guard lets in. */
  #takeKey(frame: Uint8Array): Reason | 0 {
    const request = this.#request;
    if (request.client !== ANYCAST_NODE) return Reason.BAD_OPERATION;
    if (request.payloadLength !== KEY_BYTES) return Reason.BAD_LENGTH;
    const payload = request.payload(frame);
    const view = new DataView(payload.buffer, payload.byteOffset, KEY_BYTES);
    this.#key = { k0: view.getUint32(0), k1: view.getUint32(4) };
    this.#emit(this.#answer.answer(request, Kind.REPLY), NO_PAYLOAD);
    return 0;
  }

  /** Whether it can make capabilities. */
  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  /** Tell the controller that this server has no key, because it has just started. @param gatewayMac six bytes: the switch's */
  askForKey(gatewayMac: Uint8Array): void {
    const { node, prefix } = this.options;
    const answer = Object.assign(this.#answer, new Message(), {
      ...{ prefix, node, op: Op.KEY, kind: Kind.REPLY, client: ANYCAST_NODE, clientPort: PROBE_PORT },
    });
    this.#asker.set(gatewayMac);
    this.#emit(answer, NO_PAYLOAD);
  }

  #nextSnapshot(): number {
    this.#snapshot = (this.#snapshot + 1) & 0xff;
    return this.#snapshot;
  }

  /** A page that was granted to somebody is written without a grant only if the switch says that nobody has it any more. */
  #checkGrant(generation: number | undefined): Reason | 0 {
    if (this.#space !== this.#own) return 0; // a guest's pages are never granted
    const { grants } = this.home;
    const page = this.#pageOf(this.#request);
    const { directory } = this;
    if (directory !== undefined) {
      if (directory.isHeld(page)) return Reason.COHERENT;
      if (grants.isKnown(page)) grants.written(page, directory.generation);
      return 0;
    }
    if (!grants.isKnown(page)) return 0;
    if (generation === undefined) return Reason.COHERENT;
    if (!grants.admitsGeneration(page, generation)) return Reason.STALE_GRANT;
    grants.written(page, generation);
    return 0;
  }

  #pageOf({ offsetInNode }: Message): number {
    return offsetInNode - (offsetInNode % this.options.pageSize);
  }

  #write(frame: Uint8Array, now: number): Reason | 0 {
    const request = this.#request;
    const perChunk = impliedChunkBytes(request);
    if (perChunk === 0) return Reason.BAD_LENGTH;
    if (this.#answeredBefore(now)) return 0;
    const start = request.offsetInNode;
    const allocation = this.#space.find(start, request.length);
    if (allocation === undefined) return Reason.OUT_OF_BOUNDS;
    const refusal = this.#gate(allocation, 'write');
    if (refusal !== 0) return refusal;
    const { slabs } = this.#space;
    if (request.chunks === 1) {
      const refusal = this.#checkGrant(isCoherent(request) ? request.generation : undefined);
      if (refusal !== 0) return refusal;
      slabs.write(start, request.payload(frame));
    } else {
      const staged = this.staging.add(request, frame, perChunk, allocation, now);
      if (staged === undefined) return Reason.BUSY;
      if (staged.missing > 0) return 0;
      this.staging.drop(staged);
      const refusal = this.#checkGrant(staged.generation);
      if (refusal !== 0) return refusal;
      slabs.write(start, staged.bytes.subarray(0, staged.length));
    }
    this.moves.note(allocation, start, request.length);
    this.counters.bytesWritten += request.length;
    return this.#confirm(this.#answer.answer(request, Kind.REPLY), now);
  }

  #trim(now: number): Reason | 0 {
    const request = this.#request;
    if (this.#answeredBefore(now)) return 0;
    const start = request.offsetInNode;
    const allocation = this.#space.find(start, request.length);
    if (allocation === undefined) return Reason.OUT_OF_BOUNDS;
    const refusal =
      this.#gate(allocation, 'write') ||
      this.#checkGrant(isCoherent(request) ? request.generation : undefined);
    if (refusal !== 0) return refusal;
    this.#space.slabs.zero(start, request.length);
    this.moves.note(allocation, start, request.length);
    this.counters.bytesTrimmed += request.length;
    return this.#confirm(this.#answer.answer(request, Kind.REPLY), now);
  }

  #alloc(now: number): Reason | 0 {
    const request = this.#request;
    // A guest's addresses are given out by its own server.
    if (this.#space !== this.#own) return Reason.BAD_OPERATION;
    if (request.length === 0 || request.length > MAX_ALLOCATION) return Reason.BAD_LENGTH;
    if (this.#answeredBefore(now)) return 0;
    const allocation =
      this.allocator.freeBytes - this.guests.bytes >= request.length
        ? this.allocator.allocate(request.length)
        : undefined;
    if (allocation === undefined) return Reason.NO_MEMORY;
    this.slabs.zero(allocation.start, allocation.size);
    this.home.grants.clear(allocation.start, allocation.size);
    this.#generation++;
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.offsetInNode = allocation.start;
    answer.length = allocation.size;
    return this.#confirm(answer, now);
  }

  /** The controller has taken rights to a range from somebody: no copy of it may be used any more. Until that is so: BUSY. */
  #recall(now: number): Reason | 0 {
    const request = this.#request;
    if (request.client !== ANYCAST_NODE || this.directory === undefined) return Reason.BAD_OPERATION;
    const allocation = this.#space.find(request.offsetInNode, request.length);
    if (allocation !== undefined) {
      if (!this.directory.recall(request, request.offsetInNode, request.length, now)) return Reason.BUSY;
    }
    this.#emit(this.#answer.answer(request, Kind.REPLY), NO_PAYLOAD);
    return 0;
  }

  #free(now: number): Reason | 0 {
    const request = this.#request;
    if (this.#answeredBefore(now)) return 0;
    const allocation = this.#space.find(request.offsetInNode, 1);
    if (allocation?.start !== request.offsetInNode) return Reason.NOT_ALLOCATED;
    const refusal = this.#gate(allocation, 'free');
    if (refusal !== 0) return refusal;
    const isOwn = this.#space === this.#own;
    const { directory } = this;
    if (isOwn && directory !== undefined) {
      if (!directory.recall(request, allocation.start, allocation.size, now)) return Reason.BUSY;
    }
    this.staging.dropAllOf(allocation);
    this.moves.delete(allocation);
    if (isOwn) {
      const { freed, merged } = this.allocator.free(allocation.start)!;
      this.slabs.release(freed, merged);
      this.home.grants.clear(freed.start, freed.size);
    } else {
      this.guests.remove(request.node, allocation, true);
    }
    this.#generation++;
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.length = allocation.size;
    return this.#confirm(answer, now);
  }

  /** A step of a move. What is older than what was done is a late duplicate, and not answered. */
  #move(frame: Uint8Array, now: number): Reason | 0 {
    const request = this.#request;
    const move = decodeMove(request.payload(frame));
    if (request.client !== ANYCAST_NODE || !move) return Reason.BAD_OPERATION;
    if (!this.moves.isNew(move.order)) return 0;
    const outcome = this.#steps.carryOut(request, move.data, now);
    if (typeof outcome === 'number') return outcome;
    const answer = this.#answer.answer(request, Kind.REPLY);
    answer.length = outcome.length;
    this.#emit(answer, outcome.payload);
    return 0;
  }

  #gate(allocation: Allocation, access: 'read' | 'write' | 'free'): Reason | 0 {
    return this.moves.gate(allocation, access, this.#request.client === ANYCAST_NODE);
  }

  /** READ, WRITE and TRIM stay inside one page. @returns 0 or the reason to refuse */
  #checkRange(): Reason | 0 {
    const { length, pointerLow } = this.#request;
    const { pageSize } = this.options;
    if (length === 0 || length > pageSize) return Reason.BAD_LENGTH;
    return (pointerLow & (pageSize - 1)) + length > pageSize ? Reason.CROSSES_PAGE : 0;
  }

  /** A request without payload is one chunk of nothing. @returns 0 or the reason to refuse */
  #checkBare(): Reason | 0 {
    const { payloadLength, chunk, chunks, offset } = this.#request;
    return payloadLength === 0 && chunk === 0 && chunks === 1 && offset === 0 ? 0 : Reason.BAD_LENGTH;
  }

  /** Exactly once: what took effect before is answered as before. @returns whether that was so */
  #answeredBefore(now: number): boolean {
    const answered = this.answers.recall(this.#request, now);
    if (answered === undefined) return false;
    if (answered === 'stale') this.#refuse(Reason.STALE, now);
    else if (answered === 'full') this.#refuse(Reason.BUSY, now);
    else this.#repeat(answered);
    return true;
  }

  #repeat(answered: Answered): void {
    this.counters.repeated++;
    const answer = this.#answer.answer(this.#request, answered.kind);
    answer.status = answered.status;
    answer.pointerHigh = answered.pointerHigh;
    answer.pointerLow = answered.pointerLow;
    answer.length = answered.length;
    if (answered.kind === Kind.REPLY) this.home.repeated(this.#request);
    this.#sendAnswer(answered.generation);
  }

  #confirm(answer: Message, now: number): 0 {
    this.answers.remember(this.#request, answer, this.#generation, now);
    this.#sendAnswer(this.#generation);
    return 0;
  }

  #refuse(reason: Reason, now: number): void {
    const request = this.#request;
    const isBlocked = isCoherent(request) || request.op === Op.FREE;
    const busyHint = this.directory !== undefined && isBlocked ? BLOCKED_HINT : this.options.busyHint;
    this.#answer.refuse(request, reason, reason === Reason.BUSY ? busyHint : 0);
    if (request.op !== Op.READ && request.op !== Op.MOVE && DEPENDS_ON_STATE.has(reason)) {
      this.answers.remember(request, this.#answer, 0, now);
    }
    this.#sendAnswer(0);
  }

  #sendAnswer(generation: number): void {
    const answer = this.#answer;
    const { incarnation, node } = this.options;
    const stamped = answer.kind === Kind.REPLY && (answer.op === Op.ALLOC || answer.op === Op.FREE);
    if (stamped && answer.node === ANYCAST_NODE) answer.node = node; // an ALLOC that was asked of the fabric
    this.#emit(answer, stamped ? encodeStamp({ incarnation, generation: BigInt(generation) }) : NO_PAYLOAD);
  }

  #emit(answer: Message, payload: Uint8Array): void {
    const { counters } = this;
    if (answer.kind === Kind.NACK) countNack(counters, answer.status as Reason);
    else counters.replies++;
    // Whom a directory speaks to is not always who has spoken to it.
    const to = this.directory?.macOf(answer.client) ?? this.#asker;
    const frame = this.#writer.write(answer, to, this.options.mac, payload);
    if (!this.send(frame)) counters.sendDropped++;
  }
}
