import { type SortedMap, sortedMap } from '../intent/sorted-map.js';

/**
 * Which ranges of memory have an entry in the directory, and in which slot. Pure state; `coordinator.ts` brings the switch to it.
 * Regions are powers of two of bytes, aligned to their size, and never overlap.
 */
export interface Region {
  readonly node: number;
  readonly start: bigint;
  /** log2 of its bytes. */
  readonly bits: number;
  readonly slot: number;
  generation: number;
  /** `opening`: not in the switch yet. `closing`: copies are being recalled, and nobody gets new ones. */
  state: 'opening' | 'cached' | 'closing';
}

const GENERATIONS = 0x1_0000_0000;

export class Regions {
  readonly #nodes = new Map<number, SortedMap<Region>>();
  readonly #free: number[] = [];
  #lastGeneration: number;

  /** @param lastGeneration generations count on from this (u32) */
  constructor(
    readonly slots: number,
    lastGeneration: number,
  ) {
    this.#lastGeneration = lastGeneration;
    for (let slot = slots - 1; slot >= 0; slot--) this.#free.push(slot);
  }

  *[Symbol.iterator](): IterableIterator<Region> {
    for (const node of this.#nodes.values()) yield* node.values();
  }

  get freeSlots(): number {
    return this.#free.length;
  }

  get lastGeneration(): number {
    return this.#lastGeneration;
  }

  nextGeneration(): number {
    this.#lastGeneration = (this.#lastGeneration + 1) % GENERATIONS;
    return this.#lastGeneration;
  }

  /** The region that holds an address. */
  find(node: number, pointer: bigint): Region | undefined {
    const regions = this.#nodes.get(node);
    const region = regions?.get(pointer) ?? regions?.nextLowerPair(pointer)?.[1];
    return region && pointer < endOf(region) ? region : undefined;
  }

  /** Regions that share bytes with a range, ascending. */
  overlapping(node: number, start: bigint, end: bigint): Region[] {
    const found: Region[] = [];
    const before = this.find(node, start);
    if (before && before.start < start) found.push(before);
    this.#nodes.get(node)?.forRange(start, end, false, (_key, region) => {
      found.push(region);
    });
    return found;
  }

  /**
   * The largest region around an address that fits: of at most `bits`, inside the range, and free of others.
   * @returns undefined if even the smallest does not fit
   */
  around(
    node: number,
    pointer: bigint,
    within: { start: bigint; end: bigint },
    { bits, smallest }: { bits: number; smallest: number },
  ): { start: bigint; bits: number } | undefined {
    for (let size = bits; size >= smallest; size--) {
      const start = (pointer >> BigInt(size)) << BigInt(size);
      const end = start + (1n << BigInt(size));
      if (start < within.start || end > within.end) continue;
      if (this.overlapping(node, start, end).length === 0) return { start, bits: size };
    }
    return undefined;
  }

  /** Take a slot, or undefined if none is free. */
  takeSlot(): number | undefined {
    return this.#free.pop();
  }

  giveBackSlot(slot: number): void {
    this.#free.push(slot);
  }

  add(region: Region): void {
    let regions = this.#nodes.get(region.node);
    if (regions === undefined) {
      regions = sortedMap<Region>();
      this.#nodes.set(region.node, regions);
    }
    regions.set(region.start, region);
  }

  /** Its slot is not given back. */
  remove(region: Region): void {
    const regions = this.#nodes.get(region.node);
    if (regions?.get(region.start) === region) regions.delete(region.start);
  }

  /** The region that makes a larger one together with this one, if it is one of the same size. */
  buddy(region: Region): Region | undefined {
    const start = region.start ^ (1n << BigInt(region.bits));
    const buddy = this.#nodes.get(region.node)?.get(start);
    return buddy?.bits === region.bits ? buddy : undefined;
  }

  /** Taken over from a switch. @returns false if its slot is taken already, or is none */
  adopt(region: Region): boolean {
    const at = this.#free.indexOf(region.slot);
    if (at < 0 || this.overlapping(region.node, region.start, endOf(region)).length > 0) return false;
    this.#free.splice(at, 1);
    this.add(region);
    this.hearGeneration(region.generation);
    return true;
  }

  /** Generations that are in use must not be given again. */
  hearGeneration(generation: number): void {
    const ahead = (generation - this.#lastGeneration + GENERATIONS) % GENERATIONS;
    if (ahead < GENERATIONS / 2) this.#lastGeneration = generation;
  }

  /** Everything is gone: the switch has restarted. */
  clear(): void {
    for (const region of [...this]) {
      this.remove(region);
      this.giveBackSlot(region.slot);
    }
  }
}

export function endOf({ start, bits }: { start: bigint; bits: number }): bigint {
  return start + (1n << BigInt(bits));
}
