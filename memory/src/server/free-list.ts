/**
 * The free blocks of one size: a set says which, a binary heap says which is lowest. A block that leaves the set stays in
 * the heap until it comes to the top; the heap is built anew when most of it is such leftovers.
 */
export class FreeList {
  readonly #members = new Set<number>();
  #heap: number[] = [];

  get count(): number {
    return this.#members.size;
  }

  has(start: number): boolean {
    return this.#members.has(start);
  }

  add(start: number): void {
    this.#members.add(start);
    if (this.#heap.length > 2 * this.#members.size + 64) {
      // A sorted array is a heap.
      this.#heap = [...this.#members].sort((a, b) => a - b);
      return;
    }
    const heap = this.#heap;
    let i = heap.push(start) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]! <= start) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = start;
  }

  delete(start: number): boolean {
    return this.#members.delete(start);
  }

  /** @returns the lowest block, or undefined if there is none */
  lowest(): number | undefined {
    if (this.#members.size === 0) {
      this.#heap.length = 0;
      return undefined;
    }
    while (!this.#members.has(this.#heap[0]!)) this.#dropTop();
    return this.#heap[0];
  }

  #dropTop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}
