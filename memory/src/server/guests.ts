import type { Allocation } from './live-blocks.js';
import { LiveBlocks } from './live-blocks.js';
import { Slabs } from './slabs.js';

/** Addresses of one node that are at home here, and the bytes behind them. */
export interface Space {
  find(start: number, length: number): Allocation | undefined;
  readonly slabs: Slabs;
}

class GuestSpace implements Space {
  readonly blocks: LiveBlocks;
  readonly slabs: Slabs;

  constructor(pageSize: number) {
    this.blocks = new LiveBlocks(pageSize);
    this.slabs = new Slabs(pageSize);
  }

  find(start: number, length: number): Allocation | undefined {
    return this.blocks.find(start, length);
  }
}

/** Allocations of other nodes that moved to this server. Each node's addresses are a space of their own. */
export class Guests {
  readonly #spaces = new Map<number, GuestSpace>();
  /** Of allocations that take room here. */
  bytes = 0;

  constructor(private readonly pageSize: number) {}

  get allocations(): number {
    let count = 0;
    for (const { blocks } of this.#spaces.values()) count += blocks.size;
    return count;
  }

  get committedBytes(): number {
    let bytes = 0;
    for (const { slabs } of this.#spaces.values()) bytes += slabs.committedBytes;
    return bytes;
  }

  space(node: number): Space | undefined {
    return this.#spaces.get(node);
  }

  /** The allocations that a range touches. */
  overlapping(node: number, start: number, size: number): Allocation[] {
    return [...(this.#spaces.get(node)?.blocks ?? [])].filter(
      (a) => a.start < start + size && start < a.start + a.size,
    );
  }

  add(node: number, start: number, size: number): Allocation {
    let space = this.#spaces.get(node);
    if (!space) {
      space = new GuestSpace(this.pageSize);
      this.#spaces.set(node, space);
    }
    const allocation = { start, size, live: true };
    space.blocks.add(allocation);
    this.bytes += size;
    return allocation;
  }

  /** Give the bytes back; the addresses stay known. */
  empty(node: number, allocation: Allocation): void {
    this.#spaces.get(node)?.slabs.zero(allocation.start, allocation.size);
    this.bytes -= allocation.size;
  }

  /** @param taken whether it still takes room */
  remove(node: number, allocation: Allocation, taken: boolean): void {
    const space = this.#spaces.get(node);
    if (!space) return;
    if (taken) this.empty(node, allocation);
    allocation.live = false;
    space.blocks.delete(allocation);
    if (space.blocks.size === 0) this.#spaces.delete(node);
  }
}
