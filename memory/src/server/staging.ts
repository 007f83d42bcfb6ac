import { Extension, type Message } from '../wire/index.js';
import type { Allocation } from './live-blocks.js';

/** A WRITE of which some chunks are there. */
export interface Staged {
  readonly key: number;
  readonly client: number;
  readonly op: number;
  readonly allocation: Allocation;
  readonly pointerHigh: number;
  readonly pointerLow: number;
  readonly length: number;
  readonly perChunk: number;
  /** At least `length` bytes. */
  readonly bytes: Uint8Array;
  readonly have: boolean[];
  missing: number;
  /** The oldest generation of the directory that one of the chunks carries; undefined if one carries none. */
  generation: number | undefined;
  readonly at: number;
}

export interface StagingLimits {
  /** Of all clients together. */
  bytes: number;
  bytesPerClient: number;
  /** Milliseconds after which a WRITE that is not complete is given up. */
  maxAge: number;
}

export const DEFAULT_STAGING_LIMITS: StagingLimits = {
  bytes: 16 << 20,
  bytesPerClient: 4 << 20,
  maxAge: 5000,
};

/** Buffers kept for reuse: more are not in use at once but in a burst. */
const POOL = 64;

/**
 * Holds the chunks of WRITEs until all are there. Bounded in bytes, in all and per client, and in age. Chunks of several
 * attempts complete one another: the payload of a tag never changes (docs/protocol.md).
 */
export class Staging {
  /** In order of `at`. */
  readonly #staged = new Map<number, Staged>();
  readonly #bytesOf = new Map<number, number>();
  readonly #pool: Uint8Array[] = [];
  #bytes = 0;
  /** WRITEs given up because they never became complete. */
  expired = 0;

  constructor(
    private readonly pageSize: number,
    private readonly limits: StagingLimits = DEFAULT_STAGING_LIMITS,
  ) {}

  get size(): number {
    return this.#staged.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Take in one chunk.
   * @param chunk of which impliedChunkBytes says `perChunk`; at most a page in all
   * @returns the WRITE, complete if nothing is missing; undefined if there is no room just now
   */
  add(
    chunk: Message,
    frame: Uint8Array,
    perChunk: number,
    allocation: Allocation,
    now: number,
  ): Staged | undefined {
    const key = keyOf(chunk.client, chunk.tag);
    let staged = this.#staged.get(key);
    if (staged !== undefined && !isOf(staged, chunk, perChunk, allocation)) {
      this.drop(staged);
      staged = undefined;
    }
    staged ??= this.#open(key, chunk, perChunk, allocation, now);
    if (staged === undefined || staged.have[chunk.chunk] === true) return staged;
    staged.have[chunk.chunk] = true;
    staged.missing--;
    if (!isCoherent(chunk)) staged.generation = undefined;
    else if (staged.generation !== undefined && ((chunk.generation - staged.generation) | 0) < 0) {
      staged.generation = chunk.generation;
    }
    staged.bytes.set(chunk.payload(frame), chunk.offset);
    return staged;
  }

  drop(staged: Staged): void {
    if (!this.#staged.delete(staged.key)) return;
    this.#account(staged.client, -this.pageSize);
    if (this.#pool.length < POOL) this.#pool.push(staged.bytes);
  }

  /** Whatever is staged for memory that was freed must not reach whoever gets it next. */
  dropAllOf(allocation: Allocation): void {
    for (const staged of this.#staged.values()) if (staged.allocation === allocation) this.drop(staged);
  }

  #open(
    key: number,
    chunk: Message,
    perChunk: number,
    allocation: Allocation,
    now: number,
  ): Staged | undefined {
    for (const oldest of this.#staged.values()) {
      if (now - oldest.at <= this.limits.maxAge) break;
      this.drop(oldest);
      this.expired++;
    }
    const ofClient = this.#bytesOf.get(chunk.client) ?? 0;
    if (this.#bytes + this.pageSize > this.limits.bytes) return undefined;
    if (ofClient + this.pageSize > this.limits.bytesPerClient) return undefined;
    const staged: Staged = {
      key,
      client: chunk.client,
      op: chunk.op,
      allocation,
      pointerHigh: chunk.pointerHigh,
      pointerLow: chunk.pointerLow,
      length: chunk.length,
      perChunk,
      bytes: this.#pool.pop() ?? new Uint8Array(this.pageSize),
      have: new Array<boolean>(chunk.chunks).fill(false),
      missing: chunk.chunks,
      generation: isCoherent(chunk) ? chunk.generation : undefined,
      at: now,
    };
    this.#staged.set(key, staged);
    this.#account(chunk.client, this.pageSize);
    return staged;
  }

  #account(client: number, bytes: number): void {
    this.#bytes += bytes;
    const ofClient = (this.#bytesOf.get(client) ?? 0) + bytes;
    if (ofClient === 0) this.#bytesOf.delete(client);
    else this.#bytesOf.set(client, ofClient);
  }
}

function isCoherent(chunk: Message): boolean {
  return (chunk.extensions & Extension.COHERENCE) !== 0;
}

/** 16 bits of node and 32 of tag: a safe integer. */
function keyOf(client: number, tag: number): number {
  return client * 2 ** 32 + tag;
}

function isOf(staged: Staged, chunk: Message, perChunk: number, allocation: Allocation): boolean {
  return (
    staged.allocation === allocation &&
    staged.op === chunk.op &&
    staged.pointerLow === chunk.pointerLow &&
    staged.pointerHigh === chunk.pointerHigh &&
    staged.length === chunk.length &&
    staged.perChunk === perChunk &&
    staged.have.length === chunk.chunks
  );
}
