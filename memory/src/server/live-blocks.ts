/** A power of two of bytes, aligned to its size. */
export interface Block {
  readonly start: number;
  readonly size: number;
}

/** What was given to somebody; `live` until it is freed. The object's identity tells it from a later one at the same place. */
export interface Allocation extends Block {
  live: boolean;
}

/** Allocations that are alive: powers of two of bytes, aligned to their size, none inside another. */
export class LiveBlocks {
  readonly #byStart = new Map<number, Allocation>();
  /** How many there are of pageSize * 2^order bytes. */
  readonly #byOrder: number[] = [];

  constructor(private readonly pageSize: number) {}

  get size(): number {
    return this.#byStart.size;
  }

  get(start: number): Allocation | undefined {
    return this.#byStart.get(start);
  }

  add(allocation: Allocation): void {
    this.#byStart.set(allocation.start, allocation);
    const order = this.#orderOf(allocation);
    this.#byOrder[order] = (this.#byOrder[order] ?? 0) + 1;
  }

  delete(allocation: Allocation): void {
    if (this.#byStart.get(allocation.start) !== allocation) return;
    this.#byStart.delete(allocation.start);
    this.#byOrder[this.#orderOf(allocation)]! -= 1;
  }

  /** @returns the allocation that the whole range lies in; costs a look per size that there is */
  find(start: number, length: number): Allocation | undefined {
    let size = this.pageSize;
    for (let order = 0; order < this.#byOrder.length; order++, size *= 2) {
      if (this.#byOrder[order] === 0 || this.#byOrder[order] === undefined) continue;
      const base = start - (start % size);
      const allocation = this.#byStart.get(base);
      if (allocation !== undefined && allocation.size >= size) {
        return start + length <= base + allocation.size ? allocation : undefined;
      }
    }
    return undefined;
  }

  [Symbol.iterator](): Iterator<Allocation> {
    return this.#byStart.values();
  }

  #orderOf({ size }: Allocation): number {
    return Math.log2(size / this.pageSize);
  }
}
