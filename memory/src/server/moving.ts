import { type MoveOrder, type PageRun, Reason } from '../wire/index.js';
import type { Allocation } from './live-blocks.js';

/**
 * How far an allocation is on its way from one server to another:
 * - source: `tracked` (served; what is written is noted) -> `frozen` (read only) -> `cut` (not served) -> `gone` (no bytes)
 * - target: `hosted` (only the controller writes) -> nothing special any more
 */
export type MoveState = 'tracked' | 'frozen' | 'cut' | 'gone' | 'hosted';

/** An allocation that is not simply served. */
export class Moving {
  state: MoveState;
  /** Pages that were written since they were told of last, counted from the allocation's start. */
  readonly #noted = new Set<number>();
  /** Pages that are to be told of next. */
  #queue: PageRun[] = [];
  #batch: { readonly number: number; readonly runs: readonly PageRun[] } = { number: 0, runs: [] };

  constructor(
    state: MoveState,
    private readonly pageSize: number,
  ) {
    this.state = state;
  }

  /** Pages of [start, start + length), in bytes from the allocation's start, changed. */
  note(start: number, length: number): void {
    const last = Math.floor((start + length - 1) / this.pageSize);
    for (let page = Math.floor(start / this.pageSize); page <= last; page++) this.#noted.add(page);
  }

  /** Begin with these pages. */
  queue(runs: readonly PageRun[]): void {
    this.#queue = [...runs];
  }

  /** Pages that nobody was told of. */
  get remaining(): number {
    return this.#queue.reduce((sum, run) => sum + run.count, this.#noted.size);
  }

  /**
   * @param number of the batch: the last one is told again, the next one is new
   * @param limit runs that fit
   * @returns undefined for any other number
   */
  take(number: number, limit: number): readonly PageRun[] | undefined {
    if (number === this.#batch.number) return this.#batch.runs;
    if (number !== ((this.#batch.number + 1) & 0xffff)) return undefined;
    if (this.#queue.length === 0) {
      this.#queue = runsOf([...this.#noted].sort((a, b) => a - b));
      this.#noted.clear();
    }
    this.#batch = { number, runs: this.#queue.splice(0, limit) };
    return this.#batch.runs;
  }
}

/** Neighbours put together. @param pages ascending */
export function runsOf(pages: Iterable<number>): PageRun[] {
  const runs: { first: number; count: number }[] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && last.first + last.count === page) last.count++;
    else runs.push({ first: page, count: 1 });
  }
  return runs;
}

/** Which allocations of a server are moving, and whether a request may be served now. */
export class MoveTable {
  readonly #moving = new Map<Allocation, Moving>();
  #last: MoveOrder = { session: 0n, sequence: 0 };

  get size(): number {
    return this.#moving.size;
  }

  get(allocation: Allocation): Moving | undefined {
    return this.#moving.get(allocation);
  }

  set(allocation: Allocation, moving: Moving): void {
    this.#moving.set(allocation, moving);
  }

  delete(allocation: Allocation): void {
    this.#moving.delete(allocation);
  }

  /** A step is taken if it is the newest, or the newest again. Anything older is a late duplicate. */
  isNew({ session, sequence }: MoveOrder): boolean {
    const last = this.#last;
    if (session < last.session || (session === last.session && sequence < last.sequence)) return false;
    this.#last = { session, sequence };
    return true;
  }

  /** @param access what is asked, @param byController whether the controller asks. @returns 0, or the reason to refuse */
  gate(allocation: Allocation, access: 'read' | 'write' | 'free', byController: boolean): Reason | 0 {
    if (this.#moving.size === 0) return 0;
    switch (this.#moving.get(allocation)?.state) {
      case undefined:
      case 'tracked':
        return 0;
      case 'frozen':
        return access === 'read' ? 0 : Reason.BUSY;
      case 'hosted':
        return byController && access !== 'free' ? 0 : Reason.BUSY;
      default:
        return Reason.BUSY;
    }
  }

  /** A range changed. */
  note(allocation: Allocation, start: number, length: number): void {
    if (this.#moving.size === 0) return;
    this.#moving.get(allocation)?.note(start - allocation.start, length);
  }
}
