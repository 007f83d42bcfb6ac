import { FreeList } from './free-list.js';
import { type Allocation, type Block, LiveBlocks } from './live-blocks.js';

/**
 * Buddy allocation (Knuth, TAOCP 1, 2.5): every block is a power of two of bytes, at least a page, aligned to its size, so
 * that one address prefix covers it. Takes the lowest address that fits, so that the same requests give the same
 * addresses. Holds no memory itself; costs grow with live and free blocks, not with the capacity.
 */
export class BuddyAllocator {
  /** By order: blocks of pageSize * 2^order bytes. */
  readonly #free: FreeList[] = [];
  readonly #live: LiveBlocks;
  #freeBytes: number;

  /**
   * @param capacity bytes: a positive multiple of the page size below 2^53, of any shape
   * @param pageSize bytes: a power of two
   * @throws RangeError for others
   */
  constructor(
    readonly capacity: number,
    readonly pageSize: number,
  ) {
    if (!isPowerOfTwo(pageSize))
      throw new RangeError(`a page size of ${pageSize} bytes is not a power of two`);
    if (!Number.isSafeInteger(capacity) || capacity < pageSize || capacity % pageSize !== 0) {
      throw new RangeError(
        `a capacity of ${capacity} bytes is not a positive multiple of the page size, ${pageSize} bytes`,
      );
    }
    this.#live = new LiveBlocks(pageSize);
    this.#freeBytes = capacity;
    for (let start = 0; start < capacity; ) {
      let order = 0;
      let size = pageSize;
      while (start % (2 * size) === 0 && start + 2 * size <= capacity) {
        size *= 2;
        order++;
      }
      this.#list(order).add(start);
      start += size;
    }
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get allocatedBytes(): number {
    return this.capacity - this.#freeBytes;
  }

  get allocations(): number {
    return this.#live.size;
  }

  /** Free blocks: 1 in an empty memory whose size is a power of two. */
  get freeBlocks(): number {
    return this.#free.reduce((sum, list) => sum + list.count, 0);
  }

  /** @param bytes at least 1; rounded up. @returns undefined if no free block is large enough */
  allocate(bytes: number): Allocation | undefined {
    let order = 0;
    let size = this.pageSize;
    while (size < bytes) {
      size *= 2;
      order++;
    }
    let start = Number.POSITIVE_INFINITY;
    let from = -1;
    for (let candidate = order; candidate < this.#free.length; candidate++) {
      const lowest = this.#list(candidate).lowest();
      if (lowest !== undefined && lowest < start) {
        start = lowest;
        from = candidate;
      }
    }
    if (from < 0) return undefined;
    this.#list(from).delete(start);
    while (from > order) {
      from--;
      this.#list(from).add(start + this.#sizeOf(from));
    }
    const allocation = { start, size, live: true };
    this.#live.add(allocation);
    this.#freeBytes -= size;
    return allocation;
  }

  /** @returns what was freed and the free block it became part of, or undefined if no allocation starts there */
  free(start: number): { freed: Allocation; merged: Block } | undefined {
    const freed = this.#live.get(start);
    if (freed === undefined) return undefined;
    freed.live = false;
    this.#live.delete(freed);
    let order = Math.log2(freed.size / this.pageSize);
    this.#freeBytes += freed.size;
    let merged = freed.start;
    let size = freed.size;
    for (;;) {
      const isUpper = (merged / size) % 2 === 1;
      const buddy = isUpper ? merged - size : merged + size;
      if (!this.#list(order).delete(buddy)) break;
      merged = Math.min(merged, buddy);
      size *= 2;
      order++;
    }
    this.#list(order).add(merged);
    return { freed, merged: { start: merged, size } };
  }

  /** @returns the allocation that the whole range lies in */
  find(start: number, length: number): Allocation | undefined {
    return this.#live.find(start, length);
  }

  [Symbol.iterator](): Iterator<Allocation> {
    return this.#live[Symbol.iterator]();
  }

  #list(order: number): FreeList {
    while (this.#free.length <= order) this.#free.push(new FreeList());
    return this.#free[order]!;
  }

  #sizeOf(order: number): number {
    return this.pageSize * 2 ** order;
  }
}

export function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}
