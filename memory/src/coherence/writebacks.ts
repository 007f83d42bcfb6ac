import type { ClientCore } from '../client/core.js';
import { MemoryError } from '../client/errors.js';
import { Operation } from '../client/operation.js';
import { Coherence, Extension, type Message, Op } from '../wire/index.js';
import type { CoherentPage, NextWriteback, Settled } from './page.js';

/** What the flags of a probe mean to others than the probed. */
const ECHOED = Coherence.EXCLUSIVE | Coherence.UPGRADE;

export interface WritebackParts {
  readonly core: ClientCore;
  readonly pageSize: number;
  /** Of the fabric's addresses. */
  readonly prefix: number;
  readonly counters: { writebacks: number };
  readonly now: () => number;
  /** A write-back is settled. @param bytes are needed no more */
  written(page: CoherentPage, bytes: Uint8Array, error: MemoryError | undefined, epoch: number): void;
}

/** Pages on their way home: at most one write-back a page, the next one waits for it. */
export class Writebacks {
  constructor(private readonly parts: WritebackParts) {}

  /**
   * Send a page home.
   * @param bytes the whole page; nobody may change them before it is settled
   * @param epoch of the session in which the page was written
   * @param demand the probe whose requester the home shall send the page on to
   */
  start(
    page: CoherentPage,
    bytes: Uint8Array,
    epoch: number,
    demand?: Message,
    settled: Settled = () => {},
  ): void {
    const { generation, number } = page;
    // What was written until now is in these bytes.
    const next = {
      ...{ bytes, epoch, generation, number },
      unsafe: page.unsafe,
      flushers: [...page.flushers, settled],
    };
    page.unsafe = [];
    page.flushers = [];
    const waiting = page.nextWriteback;
    if (waiting !== undefined) {
      next.unsafe.unshift(...waiting.unsafe);
      next.flushers.unshift(...waiting.flushers);
    }
    if (page.writeback === undefined) this.#send(page, next, demand);
    else page.nextWriteback = next;
  }

  #send(
    page: CoherentPage,
    { bytes, epoch, generation, number, ...waiting }: NextWriteback,
    demand?: Message,
  ): void {
    const { core, pageSize, now, counters } = this.parts;
    counters.writebacks++;
    const fill = (request: Message): void => {
      request.epoch = epoch;
      request.extensions |= Extension.COHERENCE;
      if (demand === undefined) {
        request.clearCoherence();
        request.generation = generation;
        request.number = number;
      } else {
        request.echoCoherence(demand);
        request.coherence = (demand.coherence & ECHOED) | Coherence.FORWARD;
      }
    };
    const operation = new Operation(
      ...([Op.WRITEBACK, page.node, page.start, pageSize] as const),
      (error) => this.#settled(page, error, epoch),
      undefined,
      0,
      0,
      { fill, isUrgent: true, isPersistent: true },
    );
    operation.copy = bytes;
    page.writeback = { operation, bytes, ...waiting };
    core.submit(operation, now());
  }

  /** Give one up that is not answered: it counts as lost. */
  abandon(page: CoherentPage, error: MemoryError): void {
    const { writeback } = page;
    if (writeback === undefined) return;
    this.parts.core.drop(writeback.operation, this.parts.now());
    this.#settled(page, error, 0);
  }

  #settled(page: CoherentPage, error: MemoryError | undefined, epoch: number): void {
    const { unsafe, flushers, bytes } = page.writeback!;
    page.writeback = undefined;
    const isEnd = error?.code === 'CLOSED' || error?.code === 'WIRE_FAILED';
    const failure = error === undefined || isEnd ? error : MemoryError.lost(this.parts.prefix, [page]);
    for (const access of unsafe) access.settle(failure);
    for (const settled of flushers) settled(error !== undefined);
    const next = page.nextWriteback;
    page.nextWriteback = undefined;
    if (next !== undefined) this.#send(page, next);
    this.parts.written(page, bytes, error, epoch);
  }
}
