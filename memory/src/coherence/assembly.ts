import { Coherence, impliedChunkBytes, type Message } from '../wire/index.js';
import { isAfter } from './order.js';

/** All chunks of a page of at most so many; a page of 1 MiB at the smallest MTU has fewer. */
const MAX_CHUNKS = 1024;

/**
 * Puts the chunks of a granted page together. Chunks of different grants, or of two replies for the same grant, are different
 * snapshots and never mix: the newer one wins.
 */
export class PageAssembly {
  isComplete = false;
  generation = 0;
  number = 0;
  /** Whether the home itself says which grant this is, and does not echo another client. */
  isDirect = false;
  #isBegun = false;
  #snapshot = 0;
  #perChunk = 0;
  #missing = 0;
  #have: boolean[] = [];

  /** @param bytes where the page is put together */
  constructor(readonly bytes: Uint8Array) {}

  /** @returns whether the chunk belongs here; look at `isComplete` */
  add(chunk: Message, frame: Uint8Array): boolean {
    const perChunk = impliedChunkBytes(chunk);
    if (perChunk === 0 || chunk.length !== this.bytes.length || chunk.chunks > MAX_CHUNKS) return false;
    const isSameGrant = chunk.generation === this.generation && chunk.number === this.number;
    if (this.#isBegun && !isSameGrant && !isAfter(chunk, this)) return true; // late
    if (this.#isBegun && isSameGrant) {
      if (this.isComplete) return true;
      const ahead = ((chunk.hint - this.#snapshot) << 24) >> 24;
      if (ahead < 0) return true; // late
      if (ahead > 0) this.#begin(chunk, perChunk);
    } else {
      this.#begin(chunk, perChunk);
    }
    if (perChunk !== this.#perChunk || chunk.chunks !== this.#have.length) return false;
    if (this.#have[chunk.chunk] === true) return true;
    this.#have[chunk.chunk] = true;
    this.bytes.set(chunk.payload(frame), chunk.offset);
    this.isComplete = --this.#missing === 0;
    return true;
  }

  /** Whatever was taken in is void. */
  reset(): void {
    this.#isBegun = false;
    this.isComplete = false;
  }

  #begin(chunk: Message, perChunk: number): void {
    this.#isBegun = true;
    this.isComplete = false;
    this.generation = chunk.generation;
    this.number = chunk.number;
    this.isDirect = (chunk.coherence & Coherence.FORWARD) === 0;
    this.#snapshot = chunk.hint;
    this.#perChunk = perChunk;
    this.#missing = chunk.chunks;
    this.#have = new Array<boolean>(chunk.chunks).fill(false);
  }
}
