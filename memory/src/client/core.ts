import {
  chunkBytes,
  chunkCount,
  DEFAULT_PAGE_SIZE,
  type Defect,
  decodeFrame,
  decodeStamp,
  Extension,
  FrameWriter,
  Kind,
  Message,
  Op,
  PROBE_PORT,
  Reason,
} from '../wire/index.js';
import type { PacingOptions } from './congestion.js';
import { type ClientCounters, newCounters } from './counters.js';
import { Entitlement } from './entitlement.js';
import { type AskedFor, MemoryError } from './errors.js';
import { Lane } from './lane.js';
import { Latencies } from './latency.js';
import { Operation, State, type Verdict } from './operation.js';

export interface ClientCoreOptions extends PacingOptions {
  node: number;
  /** Six bytes each. */
  mac: Uint8Array;
  gatewayMac: Uint8Array;
  prefix: number;
  /** UDP port of the servers, and this client's own. */
  port: number;
  clientPort: number;
  mtu: number;
  firstTag: number;
  /** Of the fabric: show a capability with each request. */
  capable?: boolean;
  /** Bytes; needed with `capable`. */
  pageSize?: number;
  /** How often one request is sent at most. */
  maxAttempts: number;
  /** Milliseconds from the first sending to giving up. */
  timeout: number;
  /** In [0, 1), for jitter. */
  random: () => number;
}

/** What a client does beyond asking: it keeps copies, and answers probes (docs/coherence.md). */
export interface ClientExtension {
  /** When `tick` has to be called at the latest; Infinity if there is no need to. */
  readonly nextDeadline: number;
  tick(now: number): void;
  /** A probe or a notice for this client. The message is valid during the call. */
  onProbe(probe: Message, now: number): void;
  /** Fail whatever waits. */
  failAll(fail: (asked: AskedFor) => MemoryError): void;
}

/** ALLOCs given up, whose late success is freed again. */
const MAX_ABANDONED = 1024;
/** Waits are stretched by up to this share, so that clients which lost at the same time do not lose together again. */
const JITTER = 0.5;
/** The attempt counter of the header stops here. */
const SATURATED = 255;
/** A hint is doubled so often at most. */
const MAX_DOUBLINGS = 6;
const NOTHING = new Uint8Array(0);

/**
 * A memory client without wire and timers: operations and frames go in, frames come out through `send`, and `tick` at the
 * latest at `nextDeadline`. Every operation that is submitted is settled: answered, refused, or given up.
 */
export class ClientCore {
  readonly counters: ClientCounters = newCounters();
  readonly latencies = new Latencies();
  /** Of the last call: what is done in the course of it happens at this time. */
  now = Number.NEGATIVE_INFINITY;
  /** Takes probes; without it they are foreign. */
  extension: ClientExtension | undefined;
  /** When `tick` has to be called at the latest; Infinity if nothing is open. */
  nextDeadline = Number.POSITIVE_INFINITY;
  readonly #open = new Map<number, Operation>();
  readonly #lanes = new Map<number, Lane>();
  readonly #abandoned = new Map<number, number>();
  readonly #perChunk: number;
  readonly #perCoherentChunk: number;
  readonly #entitlement: Entitlement | undefined;
  readonly #writer: FrameWriter;
  readonly #request = new Message();
  readonly #answer = new Message();
  readonly #decodeOptions: { prefix: number; port: number };
  #tag: number;

  /** @param send takes one frame; its bytes are reused after it returns. @returns false if the frame was dropped */
  constructor(
    private readonly options: ClientCoreOptions,
    private readonly send: (frame: Uint8Array) => boolean,
  ) {
    const { mtu, port, prefix } = options;
    const { capable = false, pageSize = DEFAULT_PAGE_SIZE } = options;
    this.#perChunk = chunkBytes(mtu, false, capable);
    this.#perCoherentChunk = chunkBytes(mtu, true, capable);
    if (capable) {
      this.#entitlement = new Entitlement({
        pageSize,
        submit: (operation) => this.submit(operation, this.now),
        resume: (operation) => this.#resume(operation),
        fail: (operation, error) => {
          if (operation.state !== State.SETTLED) this.#settle(operation, error, undefined, this.now);
        },
      });
    }
    this.#writer = new FrameWriter({ maxFrame: mtu + 14, port });
    this.#decodeOptions = { prefix, port };
    this.#tag = options.firstTag;
  }

  /** Requests sent and not settled. */
  get openOperations(): number {
    return this.#open.size;
  }

  lane(node: number): Lane {
    let lane = this.#lanes.get(node);
    if (lane === undefined) {
      lane = new Lane(node, this.options);
      this.#lanes.set(node, lane);
    }
    return lane;
  }

  submit(operation: Operation, now: number): void {
    this.now = now;
    const lane = this.lane(operation.node);
    lane.enqueue(operation);
    this.#pump(lane, now);
  }

  /** Nobody waits for this operation any more. It may have taken effect all the same. */
  cancel(operation: Operation, cause: unknown, now: number): void {
    if (operation.state === State.SETTLED || operation.orphan) return;
    const error = MemoryError.aborted(this.asked(operation, now), cause);
    if (operation.op === Op.ALLOC && operation.state !== State.QUEUED) {
      operation.orphan = true;
      operation.done(error, undefined);
      return;
    }
    this.#settle(operation, error, undefined, now);
  }

  /** Ask no more, and tell nobody: `done` is not called. */
  drop(operation: Operation, now: number): void {
    if (operation.state === State.SETTLED) return;
    const lane = this.lane(operation.node);
    this.#end(operation, lane);
    this.#pump(lane, now);
  }

  /** Fail whatever is open or waits. */
  failAll(fail: (asked: AskedFor) => MemoryError, now: number): void {
    for (const lane of this.#lanes.values()) {
      for (const operation of lane.takeQueued()) {
        this.#settle(operation, fail(this.asked(operation, now)), undefined, now);
      }
    }
    for (const operation of this.#open.values()) {
      this.#settle(operation, fail(this.asked(operation, now)), undefined, now);
    }
    this.nextDeadline = Number.POSITIVE_INFINITY;
  }

  receive(frame: Uint8Array, now: number): void {
    this.now = now;
    const { counters, options } = this;
    counters.frames++;
    const { mac } = options;
    for (let i = 0; i < 6; i++) {
      if (frame[i] === mac[i]) continue;
      counters.foreign++;
      return;
    }
    const answer = this.#answer;
    const defect: Defect | undefined = decodeFrame(frame, answer, this.#decodeOptions);
    if (defect !== undefined) {
      counters.defects[defect]++;
      return;
    }
    if (answer.kind === Kind.PROBE) {
      const isProbe = answer.client === options.node && answer.clientPort === PROBE_PORT;
      if (isProbe && this.extension !== undefined) this.extension.onProbe(answer, now);
      else counters.foreign++;
      return;
    }
    const isMine = answer.client === options.node && answer.clientPort === options.clientPort;
    if (!isMine || (answer.kind !== Kind.REPLY && answer.kind !== Kind.NACK)) {
      counters.foreign++;
      return;
    }
    const operation = this.#open.get(answer.tag);
    const entitled = operation && this.#entitlement?.judge(operation, answer);
    if (operation === undefined) {
      counters.late++;
      this.#reclaim(answer, frame, now);
    } else if (entitled === 'renew') {
      this.#entitleAnew(operation);
    } else if (entitled === 'late') {
      counters.late++;
    } else if (operation.extended?.hear !== undefined) {
      this.#judged(operation, operation.extended.hear(answer, frame), answer, now);
    } else if (!fits(operation, answer, frame)) {
      counters.mismatched++;
    } else {
      this.#heard(operation, answer, frame, now);
    }
  }

  /** Whether an answer should have come by now. */
  isAnyMissing(now: number): boolean {
    for (const { state, deadline } of this.#open.values()) {
      if (state === State.IN_AIR && deadline <= now) return true;
    }
    return false;
  }

  /** Do what is due. */
  tick(now: number): void {
    this.now = now;
    this.nextDeadline = Number.POSITIVE_INFINITY;
    for (const operation of this.#open.values()) {
      if (operation.state === State.RETRY) continue;
      if (operation.deadline > now) {
        this.nextDeadline = Math.min(this.nextDeadline, operation.deadline);
        continue;
      }
      if (operation.hurried) this.#again(operation);
      else this.#late(operation, now);
    }
    for (const lane of this.#lanes.values()) this.#pump(lane, now);
  }

  /** Send a message that nobody answers. @param fill what it says beyond its address */
  post(
    op: number,
    node: number,
    start: number,
    length: number,
    tag: number,
    fill: (request: Message) => void,
  ): void {
    const request = this.#address(op, node, start, length, tag);
    fill(request);
    this.#emit(request, NOTHING);
  }

  asked(operation: Operation, now: number): AskedFor {
    const { op, node, start, length, state } = operation;
    const queued = state === State.QUEUED;
    const attempts = queued ? 0 : operation.attempt + 1;
    const elapsed = queued ? 0 : now - operation.startedAt;
    return { op, prefix: this.options.prefix, node, pointer: BigInt(start), length, attempts, elapsed };
  }

  #judged(operation: Operation, verdict: Verdict, answer: Message, now: number): void {
    const lane = this.lane(operation.node);
    if (verdict === 'ignored') {
      this.counters.mismatched++;
      return;
    }
    lane.lastAnswerAt = now;
    if (verdict === 'done') this.#answered(operation, answer, now);
    else if (verdict === 'busy') this.#busy(operation, answer, now);
    else if (verdict instanceof MemoryError) this.#settle(operation, verdict, answer, now);
    else if (verdict === 'again') {
      this.#again(operation);
      this.#pump(lane, now);
    } else if (verdict === 'soon' && operation.state === State.IN_AIR) {
      operation.hurried = true;
      operation.deadline = Math.min(operation.deadline, now + (lane.rtt.smoothed ?? 1));
      if (operation.deadline < this.nextDeadline) this.nextDeadline = operation.deadline;
    }
  }

  #again(operation: Operation): void {
    const lane = this.lane(operation.node);
    operation.hurried = false;
    if (operation.state === State.IN_AIR) lane.inAir--;
    else if (operation.state !== State.WAITING) return; // it is on its way out already
    lane.retry(operation);
  }

  #late(operation: Operation, now: number): void {
    if (operation.state === State.IN_AIR) this.#missed(operation, now);
    const isExhausted = operation.missed >= this.options.maxAttempts || now >= operation.giveUpAt;
    if (isExhausted && !operation.extended?.isPersistent) this.#giveUp(operation, now);
    else this.lane(operation.node).retry(operation);
  }

  #heard(operation: Operation, answer: Message, frame: Uint8Array, now: number): void {
    const lane = this.lane(operation.node);
    lane.lastAnswerAt = now;
    if (answer.kind === Kind.NACK) {
      if (answer.status === Reason.BUSY) this.#busy(operation, answer, now);
      else this.#settle(operation, this.#refusal(operation, answer.status, now), answer, now);
      return;
    }
    if (answer.op === Op.READ) {
      const outcome = operation.collect(answer, frame);
      if (outcome === 'bad') this.counters.mismatched++;
      if (outcome === 'late') this.counters.late++;
      if (outcome !== 'done') return;
    }
    if (answer.op === Op.MOVE) operation.told = answer.payload(frame).slice();
    this.#answered(operation, answer, now);
  }

  #answered(operation: Operation, answer: Message, now: number): void {
    const lane = this.lane(operation.node);
    if (operation.state === State.IN_AIR && isToLastAttempt(operation, answer)) {
      lane.rtt.measure(now - operation.sentAt);
    }
    // The answer to an attempt that was given up: nothing had been lost.
    if (answer.attempt < operation.attempt) lane.window.wasOnlyLate(operation.startedAt);
    lane.window.answered(lane.isFull);
    this.#settle(operation, undefined, answer, now);
  }

  #busy(operation: Operation, answer: Message, now: number): void {
    const isLast = answer.attempt === Math.min(operation.attempt, SATURATED);
    if (operation.state !== State.IN_AIR || !isLast) return;
    this.counters.busy++;
    const lane = this.lane(operation.node);
    lane.inAir--;
    operation.state = State.WAITING;
    operation.wasBusy = true;
    operation.hurried = false;
    operation.missed = 0;
    // What is blocked by others in the directory says nothing of the way there.
    if (operation.extended === undefined) lane.window.lost(operation.sentAt, now);
    const doublings = operation.extended === undefined ? 0 : Math.min(operation.busy++, MAX_DOUBLINGS);
    this.#wait(operation, Math.max(1, answer.hint) * 2 ** doublings, now);
    this.#pump(lane, now);
  }

  #missed(operation: Operation, now: number): void {
    const lane = this.lane(operation.node);
    this.counters.timeouts++;
    operation.missed++;
    operation.state = State.RETRY;
    lane.inAir--;
    lane.window.lost(operation.sentAt, now);
  }

  #giveUp(operation: Operation, now: number): void {
    const lane = this.lane(operation.node);
    const asked = this.asked(operation, now);
    if (operation.op === Op.ALLOC) {
      this.#abandoned.set(operation.tag, operation.length);
      if (this.#abandoned.size > MAX_ABANDONED) this.#abandoned.delete(this.#abandoned.keys().next().value!);
    }
    const isSilent = lane.lastAnswerAt < operation.startedAt;
    const isBusy = operation.wasBusy && operation.missed <= 1;
    const error = isBusy ? MemoryError.stillBusy(asked) : MemoryError.timeout(asked);
    this.#settle(operation, error, undefined, now);
    // Not one answer in all this time: what waits behind would only wait as long again.
    if (!isSilent) return;
    for (const queued of lane.takeQueued()) {
      this.#settle(queued, MemoryError.neverSent(this.asked(queued, now)), undefined, now);
    }
  }

  #settle(
    operation: Operation,
    error: MemoryError | undefined,
    answer: Message | undefined,
    now: number,
  ): void {
    const lane = this.lane(operation.node);
    this.#end(operation, lane);
    if (error === undefined) this.latencies.record(operation.op, now - operation.startedAt);
    if (error === undefined) this.counters.completed++;
    else this.counters.failed++;
    if (!operation.orphan) operation.done(error, answer);
    else if (error === undefined) this.#freeAgain(answer!, now);
    this.#pump(lane, now);
  }

  #end(operation: Operation, lane: Lane): void {
    if (operation.state === State.IN_AIR) lane.inAir--;
    if (operation.state !== State.QUEUED) {
      this.#open.delete(operation.tag);
      lane.open.delete(operation);
    }
    operation.state = State.SETTLED;
    operation.copy = undefined;
  }

  /** An ALLOC that succeeded after its caller had gone: nobody else could ever free it. */
  #reclaim(answer: Message, frame: Uint8Array, now: number): void {
    if (answer.op !== Op.ALLOC || answer.kind !== Kind.REPLY || !this.#abandoned.delete(answer.tag)) return;
    if (decodeStamp(answer.payload(frame)) !== undefined) this.#freeAgain(answer, now);
  }

  #freeAgain(answer: Message, now: number): void {
    this.counters.reclaimed++;
    this.submit(new Operation(Op.FREE, answer.node, answer.offsetInNode, 0, () => {}), now);
  }

  #refusal(operation: Operation, status: number, now: number): MemoryError {
    return MemoryError.refused(this.asked(operation, now), status);
  }

  #pump(lane: Lane, now: number): void {
    for (let operation = lane.next(); operation !== undefined; operation = lane.next()) {
      if (operation.state === State.QUEUED) this.#begin(operation, now);
      else {
        operation.attempt++;
        this.counters.retransmissions++;
        if (operation.extended?.renews?.(operation)) this.#renew(operation);
      }
      if (this.#entitlement?.admits(operation) === false) {
        this.#park(operation);
        continue;
      }
      operation.state = State.IN_AIR;
      operation.sentAt = now;
      lane.inAir++;
      this.#transmit(operation);
      this.#wait(operation, lane.rtt.timeout(operation.attempt), now);
    }
  }

  /** It waits for a capability. */
  #park(operation: Operation): void {
    operation.state = State.WAITING;
    operation.deadline = operation.giveUpAt;
    if (operation.deadline < this.nextDeadline) this.nextDeadline = operation.deadline;
  }

  #resume(operation: Operation): void {
    if (operation.state !== State.WAITING) return;
    const lane = this.lane(operation.node);
    lane.retry(operation);
    this.#pump(lane, this.now);
  }

  #entitleAnew(operation: Operation): void {
    const lane = this.lane(operation.node);
    lane.lastAnswerAt = this.now;
    operation.missed = 0;
    this.#again(operation);
    this.#pump(lane, this.now);
  }

  #begin(operation: Operation, now: number): void {
    operation.tag = this.#newTag();
    operation.startedAt = now;
    operation.giveUpAt = operation.extended?.isPersistent
      ? Number.POSITIVE_INFINITY
      : now + this.options.timeout;
    if (operation.op === Op.WRITE || operation.op === Op.MOVE) operation.copy = operation.bytes!.slice();
    this.#open.set(operation.tag, operation);
  }

  /** The same question under a new tag. */
  #renew(operation: Operation): void {
    this.#open.delete(operation.tag);
    operation.tag = this.#newTag();
    operation.attempt = 0;
    this.#open.set(operation.tag, operation);
  }

  #newTag(): number {
    do this.#tag = (this.#tag + 1) >>> 0;
    while (this.#open.has(this.#tag) || (this.#tag & 0xff_ffff) === 0); // a lock's tag is never 0
    return this.#tag;
  }

  #wait(operation: Operation, milliseconds: number, now: number): void {
    const stretched = now + milliseconds * (1 + JITTER * this.options.random());
    operation.deadline = Math.min(stretched, operation.giveUpAt);
    if (operation.deadline < this.nextDeadline) this.nextDeadline = operation.deadline;
  }

  #transmit(operation: Operation): void {
    const { op, node, start, length, tag, copy } = operation;
    const request = this.#address(op, node, start, length, tag);
    request.flags = operation.flags;
    request.arg = operation.arg;
    request.attempt = Math.min(operation.attempt, SATURATED);
    operation.extended?.fill(request);
    this.#entitlement?.fill(operation, request);
    if (copy === undefined) return this.#emit(request, NOTHING);
    const isCoherent = (request.extensions & Extension.COHERENCE) !== 0;
    const perChunk = isCoherent ? this.#perCoherentChunk : this.#perChunk;
    request.chunks = chunkCount(copy.length, perChunk);
    if (request.chunks === 1) return this.#emit(request, copy);
    for (let offset = 0; offset < copy.length; offset += perChunk) {
      request.offset = offset;
      this.#emit(request, copy.subarray(offset, Math.min(offset + perChunk, copy.length)));
      request.chunk++;
    }
  }

  #address(op: number, node: number, start: number, length: number, tag: number): Message {
    const { options } = this;
    const request = this.#request;
    request.prefix = options.prefix;
    request.node = node;
    request.op = op;
    request.flags = 0;
    request.arg = 0;
    request.offsetInNode = start;
    request.client = options.node;
    request.clientPort = options.clientPort;
    request.tag = tag;
    request.epoch = 0;
    request.attempt = 0;
    request.extensions = 0;
    request.length = length;
    request.offset = 0;
    request.chunk = 0;
    request.chunks = 1;
    return request;
  }

  #emit(request: Message, payload: Uint8Array): void {
    const frame = this.#writer.write(request, this.options.gatewayMac, this.options.mac, payload);
    this.counters.framesSent++;
    if (!this.send(frame)) this.counters.sendDropped++;
  }
}

/**
 * Only the last attempt's sending time is kept; an answer that names it is a sound measurement whatever came before, so Karn's
 * doubt arises only where the counter is saturated.
 */
function isToLastAttempt(operation: Operation, answer: Message): boolean {
  return answer.attempt === operation.attempt && answer.attempt < SATURATED;
}

/** Whether an answer that carries an operation's tag is about that operation. */
function fits(operation: Operation, answer: Message, frame: Uint8Array): boolean {
  if (answer.op !== operation.op) return false;
  if (answer.op === Op.ALLOC) {
    // The fabric may refuse what a server had granted, and then names what was granted.
    if (answer.kind === Kind.NACK) return true;
    return answer.length >= operation.length && decodeStamp(answer.payload(frame)) !== undefined;
  }
  if (answer.offsetInNode !== operation.start) return false;
  if (answer.kind === Kind.NACK) return true;
  if (answer.op === Op.MOVE) return answer.flags === operation.flags && answer.arg === operation.arg;
  return answer.op === Op.FREE || answer.length === operation.length;
}
