import type { Block } from './live-blocks.js';

/** Memory is taken from the system in pieces of this many bytes (or a page, if that is more). */
const SLAB_BYTES = 1 << 20;
/** So many bytes are kept when nothing lives in them, so that a small program does not take and give back all the time. */
const KEEP_BYTES = 16 << 20;

/**
 * The bytes of a node's memory. A slab exists from the first write into it; what has none reads zero. A range handed to
 * `view` must not cross a slab boundary, which holds for whatever stays inside one page.
 */
export class Slabs {
  readonly #slabs = new Map<number, Uint8Array>();
  readonly #slabBytes: number;
  readonly #keepBytes: number;
  readonly #zeros: Uint8Array;

  constructor(pageSize: number, { slabBytes = SLAB_BYTES, keepBytes = KEEP_BYTES } = {}) {
    this.#slabBytes = Math.max(slabBytes, pageSize);
    this.#keepBytes = keepBytes;
    this.#zeros = new Uint8Array(pageSize);
  }

  /** Bytes taken from the system. */
  get committedBytes(): number {
    return this.#slabs.size * this.#slabBytes;
  }

  /** Bytes to look at: at most a page, and a view that is valid until the next change. Never commits memory. */
  peek(start: number, length: number): Uint8Array {
    const within = start % this.#slabBytes;
    const slab = this.#slabs.get((start - within) / this.#slabBytes);
    if (slab === undefined) return this.#zeros.subarray(0, length);
    return slab.subarray(within, within + length);
  }

  write(start: number, bytes: Uint8Array): void {
    const within = start % this.#slabBytes;
    const index = (start - within) / this.#slabBytes;
    let slab = this.#slabs.get(index);
    if (slab === undefined) {
      slab = new Uint8Array(this.#slabBytes);
      this.#slabs.set(index, slab);
    }
    slab.set(bytes, within);
  }

  /** Zero any range. A slab that is zeroed as a whole is given back: a fresh one reads zero without being touched. */
  zero(start: number, length: number): void {
    const size = this.#slabBytes;
    const end = start + length;
    for (const index of this.#indices(start, end)) {
      const slab = this.#slabs.get(index);
      const from = Math.max(start - index * size, 0);
      const to = Math.min(end - index * size, size);
      if (to - from === size) this.#slabs.delete(index);
      else slab?.fill(0, from, to);
    }
  }

  /** Give back the slabs of a block just freed, where everything in them is free. @param merged the free block it is part of */
  release(freed: Block, merged: Block): void {
    if (this.committedBytes <= this.#keepBytes || merged.size < this.#slabBytes) return;
    for (const index of this.#indices(freed.start, freed.start + freed.size)) this.#slabs.delete(index);
  }

  /** The parts of a range that may not read zero, ascending. */
  committed(start: number, length: number): Block[] {
    const size = this.#slabBytes;
    return this.#indices(start, start + length)
      .sort((a, b) => a - b)
      .map((index) => {
        const from = Math.max(start, index * size);
        return { start: from, size: Math.min(start + length, (index + 1) * size) - from };
      });
  }

  /** Which existing slabs a range touches. A huge range of an almost empty memory: walk what exists, not what could. */
  #indices(start: number, end: number): number[] {
    const first = Math.floor(start / this.#slabBytes);
    const last = Math.floor((end - 1) / this.#slabBytes);
    if (last - first >= this.#slabs.size) {
      return [...this.#slabs.keys()].filter((index) => index >= first && index <= last);
    }
    const indices: number[] = [];
    for (let index = first; index <= last; index++) if (this.#slabs.has(index)) indices.push(index);
    return indices;
  }
}
