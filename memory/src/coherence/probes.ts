import type { ClientCore } from '../client/core.js';
import type { MemoryError } from '../client/errors.js';
import { Operation, State } from '../client/operation.js';
import { Coherence, Extension, Message, Op } from '../wire/index.js';
import { CONTROLLER_INDEX } from './directory.js';
import { isAfter } from './order.js';
import type { CoherentPage } from './page.js';
import type { Writebacks } from './writebacks.js';

const ECHOED = Coherence.EXCLUSIVE | Coherence.UPGRADE;
/** Log2 of the bytes of the largest region that is believed. */
const LARGEST_REGION = 52;

export interface ProbeParts {
  readonly core: ClientCore;
  readonly pageSize: number;
  readonly writebacks: Writebacks;
  now(): number;
  /** The known pages of a range. */
  within(node: number, start: number, length: number): CoherentPage[];
  /** Of this client. */
  readonly client: number;
  /** The session in which pages of the node are had. */
  session(node: number): { readonly epoch: number; readonly index: number };
  /** Give up a copy. @returns its bytes, which are the caller's */
  takeCopy(page: CoherentPage): Uint8Array;
  /** Bytes that are needed no more. */
  recycle(bytes: Uint8Array): void;
  /** Something may go on at this page. */
  resume(page: CoherentPage): void;
  /** The home or the switch has refused something. @param epoch that it was said with */
  refused(node: number, error: MemoryError, epoch: number): void;
  counters: { probes: number; forwards: number; acks: number; poisoned: number };
}

/** One region's probe that is being answered. */
interface Answer {
  readonly demand: Message;
  /** Came meanwhile, and is to be answered after it. */
  newer: Message | undefined;
  /** Write-backs to wait for. */
  missing: number;
  /** The page asked for, if this client owned it, and its bytes if the home does not have them. */
  owned: CoherentPage | undefined;
  bytes: Uint8Array | undefined;
  isVoid: boolean;
}

/**
 * What a probe does to a client (docs/coherence.md, "The client"): copies of the region are given up or kept as shared, what is dirty goes home,
 * and then, not before, the requester is told: through the home by the owner, else by an ACK.
 */
export class Probes {
  readonly #answers = new Map<string, Answer>();

  constructor(private readonly parts: ProbeParts) {}

  /** @param probe reused by the caller */
  take(probe: Message): void {
    const { parts } = this;
    parts.counters.probes++;
    const { region } = probe;
    if (2 ** region < parts.pageSize || region > LARGEST_REGION) return;
    const open = this.#answers.get(keyOf(probe));
    if (open === undefined) this.#begin(copyOf(probe));
    else if (isAfter(probe, open.newer ?? open.demand)) open.newer = copyOf(probe);
  }

  /** The session is over: nothing is answered any more. */
  forget(isOf: (node: number) => boolean): void {
    for (const [key, answer] of this.#answers) {
      if (!isOf(answer.demand.node)) continue;
      answer.isVoid = true;
      this.#answers.delete(key);
      if (answer.owned !== undefined) this.#release(answer.owned);
      if (answer.bytes !== undefined && answer.owned !== undefined) {
        const { epoch } = this.parts.session(answer.owned.node);
        this.parts.writebacks.start(answer.owned, answer.bytes, epoch);
      }
    }
  }

  #begin(demand: Message): void {
    const { parts } = this;
    const answer: Answer = {
      ...{ demand, newer: undefined, missing: 1, owned: undefined, bytes: undefined, isVoid: false },
    };
    this.#answers.set(keyOf(demand), answer);
    const { epoch, index } = parts.session(demand.node);
    // A client's own request may find it still pending for an earlier one: what this request is granted is newer than the probe.
    const isOwn = demand.requester === parts.client && demand.requesterIndex === index;
    const floor = isOwn
      ? { generation: demand.generation, number: (demand.number - 1) >>> 0 }
      : { generation: demand.generation, number: demand.number };
    const size = 2 ** demand.region;
    const asked = demand.offsetInNode;
    for (const page of parts.within(demand.node, asked - (asked % size), size)) {
      const { fetch } = page;
      if (fetch?.operation.state === State.QUEUED) fetch.transaction.loseCopy();
      else if (fetch?.transaction.poison(floor)) parts.counters.poisoned++;
      if (page.bytes !== undefined && !(page.isDirect && isAfter(page, floor))) {
        this.#demand(page, answer, epoch);
      }
      if (page.writeback === undefined) continue;
      answer.missing++;
      page.onceHome.push(() => this.#proceed(answer));
    }
    this.#proceed(answer);
  }

  /** Give up a copy, or keep it as shared. */
  #demand(page: CoherentPage, answer: Answer, epoch: number): void {
    const { parts } = this;
    const { demand } = answer;
    const isKept = (demand.coherence & Coherence.KEEP) !== 0;
    const { isDirty, isExclusive } = page;
    page.isDirty = false;
    page.isExclusive = false;
    let bytes: Uint8Array | undefined;
    if (!isKept) bytes = parts.takeCopy(page);
    else if (isDirty) bytes = page.bytes!.slice();
    const isAsked = page.start === demand.offsetInNode && demand.requesterIndex !== CONTROLLER_INDEX;
    if (isAsked && isExclusive) {
      answer.owned = page;
      page.held++;
      if (isDirty) {
        answer.bytes = bytes;
        return;
      }
    } else if (isDirty) {
      parts.writebacks.start(page, bytes!, epoch);
      return;
    }
    if (bytes !== undefined) parts.recycle(bytes);
  }

  #proceed(answer: Answer): void {
    if (--answer.missing > 0 || answer.isVoid) return;
    const { owned, bytes, demand } = answer;
    const { parts } = this;
    if (owned === undefined) {
      this.#acknowledge(demand);
      this.#end(answer);
      return;
    }
    const settled = (isRefused: boolean): void => {
      if (answer.isVoid) return;
      if (isRefused) this.#acknowledge(demand); // the home does not take this client for the owner
      this.#end(answer);
    };
    parts.counters.forwards++;
    const { epoch } = parts.session(demand.node);
    if (bytes !== undefined) {
      answer.bytes = undefined;
      parts.writebacks.start(owned, bytes, epoch, demand, settled);
      return;
    }
    const fill = (request: Message): void => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      request.echoCoherence(demand);
      request.coherence = demand.coherence & ECHOED;
    };
    const done = (error: MemoryError | undefined): void => {
      if (error !== undefined) parts.refused(demand.node, error, epoch);
      settled(error !== undefined);
    };
    const operation = new Operation(
      ...([Op.FORWARD, demand.node, demand.offsetInNode, parts.pageSize, done] as const),
      undefined,
      0,
      0,
      { fill, isUrgent: true, isPersistent: true },
    );
    parts.core.submit(operation, parts.now());
  }

  #acknowledge(demand: Message): void {
    const { parts } = this;
    parts.counters.acks++;
    const { epoch } = parts.session(demand.node);
    const start = demand.offsetInNode;
    parts.core.post(Op.ACK, demand.node, start, parts.pageSize, demand.requesterTag, (request) => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      request.echoCoherence(demand);
      request.coherence = demand.coherence & ECHOED;
    });
  }

  #end(answer: Answer): void {
    answer.isVoid = true;
    this.#answers.delete(keyOf(answer.demand));
    if (answer.owned !== undefined) this.#release(answer.owned);
    if (answer.newer !== undefined) this.#begin(answer.newer);
  }

  #release(page: CoherentPage): void {
    page.held--;
    this.parts.resume(page);
  }
}

function keyOf({ node, offsetInNode, region }: Message): string {
  return `${node}/${region}/${offsetInNode - (offsetInNode % 2 ** region)}`;
}

function copyOf(probe: Message): Message {
  const copy = new Message();
  copy.answer(probe, probe.kind);
  return copy;
}
