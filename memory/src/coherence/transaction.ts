import type { AskedFor } from '../client/errors.js';
import { MemoryError } from '../client/errors.js';
import type { Extended, Operation, Verdict } from '../client/operation.js';
import { Coherence, Extension, Kind, type Message, Op, Reason } from '../wire/index.js';
import { PageAssembly } from './assembly.js';
import { type Grant, isAfter } from './order.js';

/** Who asks: a client in one session. */
export interface Asker {
  readonly node: number;
  readonly epoch: number;
  readonly index: number;
}

export interface TransactionParts {
  readonly isExclusive: boolean;
  readonly asker: Asker;
  /** Where the page is put together. */
  readonly bytes: Uint8Array;
  /** The page has a copy already, as long as no probe takes it. */
  readonly isUpgrade: boolean;
  /** What it waits for cannot be done without a directory entry. */
  readonly needsEntry: boolean;
  /** How many accesses have begun so far. */
  readonly sequence: () => number;
  readonly asked: () => AskedFor;
  /** The lock may be held under this tag, and is not needed any more. */
  readonly release: (tag: number, generation: number) => void;
}

/**
 * A GETS or GETM on its way: what it was told, and whether that still counts. A probe with number m poisons whatever was granted
 * with a number up to m: this client answers "I have nothing that old", and has to stay true to it. What was granted later is not
 * touched by it, however late the probe is. Numbers that another client has echoed are not believed in that: once a probe has come, only
 * what the home itself answers counts, until the question is asked anew under another tag.
 */
export class Transaction implements Extended {
  readonly isForgotten = true;
  readonly assembly: PageAssembly;
  /** The home keeps no account of this copy: it may be looked at, not kept. */
  isUncached = false;
  isUpgrade: boolean;
  /** Log2 of the region's bytes. */
  region = 0;
  /** Accesses that began before the page was asked for: what is not kept may be shown to them. */
  startedBefore: number;
  /** Accesses that had begun when the first probe came. */
  poisonedBefore = Number.POSITIVE_INFINITY;
  #upgraded: Grant | undefined;
  #granted: Grant | undefined;
  /** The newest probe. */
  #floor: Grant | undefined;
  /** Attempts under this tag that were refused as BUSY: they hold no lock. */
  #refusals = 0;

  constructor(private readonly parts: TransactionParts) {
    this.assembly = new PageAssembly(parts.bytes);
    this.isUpgrade = parts.isUpgrade;
    this.startedBefore = parts.sequence();
  }

  get isExclusive(): boolean {
    return this.parts.isExclusive;
  }

  get epoch(): number {
    return this.parts.asker.epoch;
  }

  get op(): number {
    return this.parts.isExclusive ? Op.GETM : Op.GETS;
  }

  /** The grant that the data came with. */
  get grant(): Grant {
    return this.#upgraded ?? this.assembly;
  }

  /** The copy that the page has is as good as what was asked for. */
  get isUpgraded(): boolean {
    return this.#upgraded !== undefined;
  }

  /** Whether the grant is the home's own word. */
  get isDirect(): boolean {
    return this.#upgraded !== undefined || this.assembly.isDirect;
  }

  get #hasData(): boolean {
    return this.#upgraded !== undefined || this.assembly.isComplete;
  }

  /** Whether the data is older than what a probe demanded. */
  get isPoisoned(): boolean {
    return this.#floor !== undefined && !(this.isDirect && isAfter(this.grant, this.#floor));
  }

  fill(request: Message): void {
    const { asker, isExclusive } = this.parts;
    request.epoch = asker.epoch;
    request.extensions |= Extension.COHERENCE;
    request.clearCoherence();
    if (!isExclusive) return;
    request.coherence = Coherence.EXCLUSIVE;
    if (this.isUpgrade || this.assembly.isComplete) request.coherence |= Coherence.UPGRADE;
  }

  /** A probe of the region, for everything that was granted up to this. @returns whether it is the first */
  poison(floor: Grant): boolean {
    const isFirst = this.#floor === undefined;
    if (isFirst) this.poisonedBefore = this.parts.sequence();
    else if (!isAfter(floor, this.#floor!)) return false;
    this.#floor = floor;
    this.isUpgrade = false;
    if (this.#granted !== undefined && !isAfter(this.#granted, floor)) this.#granted = undefined;
    if (!this.isExclusive) return isFirst;
    const isStale = !(this.isDirect && isAfter(this.grant, floor));
    if (isStale) {
      this.#upgraded = undefined;
      this.assembly.reset();
      this.#granted = undefined;
    }
    return isFirst;
  }

  /** The copy that was to be upgraded is gone. */
  loseCopy(): void {
    this.isUpgrade = false;
    this.#upgraded = undefined;
  }

  renews(operation: Operation): boolean {
    if (this.#floor === undefined) return false;
    // Every earlier attempt under this tag is accounted for, or one may hold the lock.
    if (this.isExclusive && this.#refusals < operation.attempt) {
      this.parts.release(operation.tag, this.#floor.generation);
    }
    this.#floor = undefined;
    this.#granted = undefined;
    this.#upgraded = undefined;
    this.assembly.reset();
    this.#refusals = 0;
    this.startedBefore = this.parts.sequence();
    this.poisonedBefore = Number.POSITIVE_INFINITY;
    return true;
  }

  hear(answer: Message, frame: Uint8Array): Verdict {
    if (answer.op !== this.op) return 'ignored';
    if (answer.kind === Kind.NACK) return this.#refused(answer);
    if (!this.#isMine(answer)) return 'ignored';
    const { coherence } = answer;
    const isClear = (coherence & Coherence.CLEAR) !== 0;
    const isDirect =
      (coherence & Coherence.FORWARD) === 0 && answer.bitmapLow === 0 && answer.bitmapHigh === 0;
    const isFresh = this.#floor === undefined || (isDirect && isAfter(answer, this.#floor));
    const isFromHolder = !isDirect && answer.payloadLength === 0;
    if (!isFresh && (isFromHolder || this.isExclusive)) return isClear ? 'again' : 'wait';
    if (!isFromHolder && !this.#takeData(answer, frame)) return 'ignored';
    if ((coherence & Coherence.GRANTED) !== 0) {
      this.#granted = { generation: answer.generation, number: answer.number };
    }
    if (this.#hasData) return !this.isExclusive || this.#granted !== undefined ? 'done' : 'wait';
    // Everybody has answered. If the home was asked at the same time its reply is near; else it has to be asked now.
    return isFromHolder && isClear ? 'soon' : 'wait';
  }

  #takeData(answer: Message, frame: Uint8Array): boolean {
    this.region = answer.region;
    if ((answer.coherence & Coherence.UNCACHED) !== 0) this.isUncached = true;
    if (answer.payloadLength > 0) return this.assembly.add(answer, frame);
    const isUpgrade = (answer.coherence & Coherence.UPGRADE) !== 0;
    if (!this.isExclusive || !isUpgrade) return false;
    if (this.isUpgrade) this.#upgraded = { generation: answer.generation, number: answer.number };
    return true;
  }

  #refused(answer: Message): Verdict {
    const { status } = answer;
    const isBusy = status === Reason.BUSY || (status === Reason.UNCACHED && this.parts.needsEntry);
    if (!isBusy) return MemoryError.refused(this.parts.asked(), status);
    this.#refusals++;
    return 'busy';
  }

  /** The requester is echoed by other clients, who may be mistaken, or lie. */
  #isMine(answer: Message): boolean {
    const { node, epoch, index } = this.parts.asker;
    return (
      (answer.extensions & Extension.COHERENCE) !== 0 &&
      answer.requester === node &&
      answer.requesterEpoch === epoch &&
      answer.requesterIndex === index
    );
  }
}
