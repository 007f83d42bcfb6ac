import {
  ANYCAST_NODE,
  decodeAnswers,
  encodeAnswers,
  encodeRuns,
  Kind,
  MAX_ALLOCATION,
  type Message,
  MOVED_ANSWER_BYTES,
  type MovedAnswer,
  MoveStep,
  PAGE_RUN_BYTES,
  Reason,
} from '../wire/index.js';
import type { AnswerMemory } from './answers.js';
import { type BuddyAllocator, isPowerOfTwo } from './buddy.js';
import type { Grants } from './grants.js';
import type { Guests } from './guests.js';
import type { Allocation } from './live-blocks.js';
import { type MoveTable, Moving } from './moving.js';
import type { Slabs } from './slabs.js';
import type { Staging } from './staging.js';

/** What the steps of a move work on. */
export interface MoveParts {
  readonly node: number;
  readonly pageSize: number;
  /** Bytes of payload that fit one answer. */
  readonly perChunk: number;
  readonly allocator: BuddyAllocator;
  readonly slabs: Slabs;
  readonly guests: Guests;
  readonly moves: MoveTable;
  readonly staging: Staging;
  readonly answers: AnswerMemory;
  readonly grants: Grants;
}

/** What a step says besides that it was done. */
export interface StepDone {
  readonly length: number;
  readonly payload: Uint8Array;
}

const NOTHING = new Uint8Array(0);
const DONE: StepDone = { length: 0, payload: NOTHING };

/**
 * The steps of a move at one server (docs/protocol.md, "Moving memory"). Each can be repeated: an answer may be lost on its way.
 */
export class MoveSteps {
  /** What ANSWERS tells, as it was at its first batch. */
  #told: { readonly allocation: Allocation; readonly answers: readonly MovedAnswer[] } | undefined;

  constructor(private readonly parts: MoveParts) {}

  /** @returns what to answer, or the reason to refuse */
  carryOut(request: Message, data: Uint8Array, now: number): StepDone | Reason {
    if (request.client !== ANYCAST_NODE) return Reason.BAD_OPERATION;
    const { flags: step, offsetInNode: start, length: size } = request;
    if (!this.#isRange(start, size)) return Reason.BAD_LENGTH;
    if (step === MoveStep.HOST) return this.#host(request.node, start, size);
    const allocation = this.#exactly(request.node, start, size);
    // What is not there is forgotten already.
    if (step === MoveStep.DROP) return allocation ? this.#drop(request.node, allocation) : DONE;
    if (!allocation) return Reason.NOT_ALLOCATED;
    if (step === MoveStep.TRACK) return this.#track(request.node, allocation);
    if (step === MoveStep.LEARN) return this.#learn(allocation, data, now);
    return this.#advance(request, allocation, now);
  }

  /** Steps that go from one state of a moving allocation to the next. */
  #advance(request: Message, allocation: Allocation, now: number): StepDone | Reason {
    const moving = this.parts.moves.get(allocation);
    const state = moving?.state;
    switch (request.flags) {
      case MoveStep.PAGES:
        return state === 'tracked' || state === 'frozen'
          ? this.#pages(moving!, request.arg)
          : Reason.BAD_OPERATION;
      case MoveStep.FREEZE:
        if (state !== 'tracked' && state !== 'frozen') return Reason.BAD_OPERATION;
        this.parts.staging.dropAllOf(allocation);
        moving!.state = 'frozen';
        return DONE;
      case MoveStep.ANSWERS:
        return state === 'frozen' ? this.#answers(allocation, request.arg, now) : Reason.BAD_OPERATION;
      case MoveStep.CUT:
        if (state !== 'frozen' && state !== 'cut') return Reason.BAD_OPERATION;
        moving!.state = 'cut';
        return DONE;
      case MoveStep.THAW:
        if (state === 'gone' || state === 'hosted') return Reason.BAD_OPERATION;
        this.parts.moves.delete(allocation);
        return DONE;
      case MoveStep.RELEASE:
        return this.#release(request.node, allocation, moving);
      case MoveStep.SERVE:
        if (state !== undefined && state !== 'hosted') return Reason.BAD_OPERATION;
        this.parts.moves.delete(allocation);
        return DONE;
      default:
        return Reason.BAD_OPERATION;
    }
  }

  #isRange(start: number, size: number): boolean {
    const { pageSize } = this.parts;
    return isPowerOfTwo(size) && size >= pageSize && size <= MAX_ALLOCATION && start % size === 0;
  }

  #exactly(node: number, start: number, size: number): Allocation | undefined {
    const { allocator, guests } = this.parts;
    const space = node === this.parts.node ? allocator : guests.space(node);
    const found = space?.find(start, size);
    return found?.start === start && found.size === size ? found : undefined;
  }

  /** From any state in which the bytes are here: a move that was begun before is begun anew. */
  #track(node: number, allocation: Allocation): StepDone | Reason {
    const { moves, pageSize, guests, slabs } = this.parts;
    const state = moves.get(allocation)?.state;
    if (state === 'gone' || state === 'hosted') return Reason.BAD_OPERATION;
    // The newest bytes of a page that was granted to a cache may be there, and grants do not move.
    if (node === this.parts.node && this.#isGranted(allocation)) return Reason.COHERENT;
    const moving = new Moving('tracked', pageSize);
    const bytes = node === this.parts.node ? slabs : guests.space(node)!.slabs;
    moving.queue(
      bytes.committed(allocation.start, allocation.size).map(({ start, size }) => ({
        first: (start - allocation.start) / pageSize,
        count: size / pageSize,
      })),
    );
    moves.set(allocation, moving);
    return { length: moving.remaining, payload: NOTHING };
  }

  #isGranted({ start, size }: Allocation): boolean {
    const { grants, pageSize } = this.parts;
    for (let page = start; page < start + size; page += pageSize) if (grants.isKnown(page)) return true;
    return false;
  }

  #pages(moving: Moving, number: number): StepDone | Reason {
    const runs = moving.take(number, Math.floor(this.parts.perChunk / PAGE_RUN_BYTES));
    return runs ? { length: moving.remaining, payload: encodeRuns(runs) } : Reason.BAD_OPERATION;
  }

  #answers(allocation: Allocation, batch: number, now: number): StepDone {
    const { answers, perChunk } = this.parts;
    if (batch === 0 || this.#told?.allocation !== allocation) {
      this.#told = { allocation, answers: answers.within(allocation.start, allocation.size, now) };
    }
    const per = Math.floor(perChunk / MOVED_ANSWER_BYTES);
    const all = this.#told.answers;
    return { length: all.length, payload: encodeAnswers(all.slice(batch * per, (batch + 1) * per)) };
  }

  #learn(allocation: Allocation, data: Uint8Array, now: number): StepDone | Reason {
    const { moves, answers } = this.parts;
    if (moves.get(allocation)?.state !== 'hosted') return Reason.BAD_OPERATION;
    for (const answer of decodeAnswers(data)) if (answer.kind !== Kind.REQUEST) answers.learn(answer, now);
    return DONE;
  }

  #release(node: number, allocation: Allocation, moving: Moving | undefined): StepDone | Reason {
    if (moving?.state === 'gone') return DONE;
    if (moving?.state !== 'cut') return Reason.BAD_OPERATION;
    if (node === this.parts.node) this.parts.slabs.zero(allocation.start, allocation.size);
    else this.parts.guests.empty(node, allocation);
    moving.state = 'gone';
    return DONE;
  }

  #drop(node: number, allocation: Allocation): StepDone | Reason {
    const { moves, allocator, guests } = this.parts;
    const state = moves.get(allocation)?.state;
    if (state !== 'gone' && state !== 'hosted') return Reason.BAD_OPERATION;
    moves.delete(allocation);
    if (node !== this.parts.node) guests.remove(node, allocation, state === 'hosted');
    else allocator.free(allocation.start);
    return DONE;
  }

  #host(node: number, start: number, size: number): StepDone | Reason {
    const { moves, guests, pageSize, allocator, slabs } = this.parts;
    if (node === this.parts.node) {
      // Its own addresses come home; they were never given to anybody else.
      const allocation = this.#exactly(node, start, size);
      const state = allocation && moves.get(allocation)?.state;
      if (!allocation || (state !== 'gone' && state !== 'hosted')) return Reason.NOT_ALLOCATED;
      slabs.zero(start, size);
      moves.set(allocation, new Moving('hosted', pageSize));
      return DONE;
    }
    const there = guests.overlapping(node, start, size);
    const states = there.map((allocation) => moves.get(allocation)?.state);
    if (states.some((state) => state !== 'gone' && state !== 'hosted')) return Reason.BAD_OPERATION;
    for (const [i, allocation] of there.entries()) {
      moves.delete(allocation);
      guests.remove(node, allocation, states[i] === 'hosted');
    }
    if (allocator.allocatedBytes + guests.bytes + size > allocator.capacity) return Reason.NO_MEMORY;
    moves.set(guests.add(node, start, size), new Moving('hosted', pageSize));
    return DONE;
  }
}
