import { CachedPage } from '../cache/page-cache.js';
import type { Operation } from '../client/operation.js';
import type { Access } from './access.js';
import type { Grant } from './order.js';
import type { Transaction } from './transaction.js';

/** A page on its way back to its home. */
export interface Writeback {
  readonly operation: Operation;
  readonly bytes: Uint8Array;
  /** Writes that wait to be told that they are safe. */
  readonly unsafe: readonly Access[];
  readonly flushers: Settled[];
}

/** Another one, that waits for the one on its way. */
export interface NextWriteback {
  bytes: Uint8Array;
  readonly epoch: number;
  readonly generation: number;
  readonly number: number;
  readonly unsafe: Access[];
  readonly flushers: Settled[];
}

/** Called once. @param isLost what was to be written back is not, and never will be */
export type Settled = (isLost: boolean) => void;

/** A page that a client has a copy of, or that somebody waits for. */
export class CoherentPage extends CachedPage implements Grant {
  /** The copy was granted by a GETM, and no probe has come since: it may be written, and the home takes it back. */
  isExclusive = false;
  /** The copy has what the home has not. */
  isDirty = false;
  /** The copy's grant, and whether that is the home's own word. */
  generation = 0;
  number = 0;
  isDirect = false;
  /** Log2 of the region's bytes; 0: not known. */
  region = 0;
  /** What waits for the page, in order. */
  readonly waiting: Access[] = [];
  /** The GETS or GETM on its way. */
  fetch: { readonly operation: Operation; readonly transaction: Transaction; complainAt: number } | undefined;
  /** The WRITE or TRIM on its way, of a page that has no directory entry. */
  plain: Operation | undefined;
  /** Until when it is not asked for again whether there is an entry, milliseconds. */
  uncachedUntil = Number.NEGATIVE_INFINITY;
  writeback: Writeback | undefined;
  /** To be written back when what is on its way has arrived. */
  nextWriteback: NextWriteback | undefined;
  /** Called when no write-back is on its way any more. */
  readonly onceHome: (() => void)[] = [];
  /** Writes done to the copy whose callers wait until they are on the home, and what waits for that, from the next write-back on. */
  unsafe: Access[] = [];
  flushers: Settled[] = [];
  /** Probes that are being answered for this page: nothing is asked for meanwhile. */
  held = 0;

  /** Nobody wants anything of it, and nothing is on its way. */
  get isIdle(): boolean {
    return (
      this.waiting.length === 0 &&
      this.fetch === undefined &&
      this.plain === undefined &&
      this.writeback === undefined &&
      this.nextWriteback === undefined &&
      this.held === 0
    );
  }
}
