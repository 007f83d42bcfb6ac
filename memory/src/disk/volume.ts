import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { Region } from '../client/options.js';
import { inParallel } from '../file/parallel.js';
import type { MemoryAddress } from '../wire/index.js';
import { Slots, Users } from './bounds.js';
import { type BlockDevice, DiskError, type Segment } from './device.js';
import { extentError, ioError, type Piece, Pieces } from './pieces.js';

/** What a volume needs of a MemoryClient. */
export type VolumeMemory = Pick<MemoryClient, 'pageSize' | 'alloc' | 'read' | 'write' | 'trim' | 'free'>;

export interface VolumeOptions {
  readonly memory: VolumeMemory;
  /** Bytes. */
  readonly size: number;
  /** Bytes of an extent, a power of two of at least a page. Default 1 MiB. */
  readonly extent?: number;
  /** Extents that are read, written or freed at once; each has many pages in flight. Default 32. */
  readonly parallel?: number;
}

export interface VolumeStatus {
  readonly extents: number;
  /** Bytes of remote memory that the volume has. */
  readonly allocatedBytes: number;
  /** How many of the extents each server has, by node. */
  readonly servers: ReadonlyMap<number, number>;
}

/** A piece of remote memory, from the moment at which it is asked for. */
class Extent {
  /** Once the fabric has given it. */
  region: Region | undefined;
  readonly users = new Users();
  constructor(readonly ready: Promise<Region>) {}
}

/**
 * A sparse volume over remote memory. It has no memory but for the extents that something was written to; the fabric chooses the
 * server of each. Nothing is cached: a write is settled when the servers have answered.
 *
 * An extent that is zeroed whole leaves the map at once and is freed when its last user is gone, so that no late request
 * meets memory that belongs to somebody else by then.
 */
export class Volume implements BlockDevice {
  readonly size: number;
  readonly extent: number;
  readonly #memory: VolumeMemory;
  readonly #pieces: Pieces;
  readonly #parallel: number;
  readonly #slots: Slots;
  readonly #calls = new Users();
  readonly #extents = new Map<number, Extent>();
  /** What could not be freed when it was due; tried again by `close`. */
  readonly #unfreed: Region[] = [];
  #closing: Promise<{ freed: number; left: number }> | undefined;

  /** @throws DiskError BAD_ARGUMENT */
  constructor({ memory, size, extent = Math.max(1 << 20, memory.pageSize), parallel = 32 }: VolumeOptions) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new DiskError('BAD_ARGUMENT', `a volume has 1 to ${Number.MAX_SAFE_INTEGER} bytes, not ${size}`);
    }
    const problem = extentError(extent, memory.pageSize);
    if (problem !== undefined) throw new DiskError('BAD_ARGUMENT', problem);
    if (!Number.isInteger(parallel) || parallel < 1) {
      throw new DiskError('BAD_ARGUMENT', `${parallel} extents at once are not at least 1`);
    }
    this.size = size;
    this.extent = extent;
    this.#memory = memory;
    this.#pieces = new Pieces(size, extent);
    this.#parallel = parallel;
    this.#slots = new Slots(parallel);
  }

  get status(): VolumeStatus {
    const servers = new Map<number, number>();
    let allocatedBytes = 0;
    for (const { region } of this.#extents.values()) {
      if (region === undefined) continue;
      allocatedBytes += region.length;
      servers.set(region.node, (servers.get(region.node) ?? 0) + 1);
    }
    return { extents: this.#extents.size, allocatedBytes, servers };
  }

  async read(offset: number, into: Uint8Array): Promise<readonly Segment[]> {
    const segments = this.#open(offset, into.length) && [...this.segments(offset, into.length)];
    await this.#each(offset, into.length, async ({ index, start, from, to }) => {
      const part = into.subarray(from, to);
      const extent = this.#extents.get(index);
      // Without a region nothing was written yet that anybody was told of.
      if (extent?.region === undefined) part.fill(0);
      else await this.#at(extent, start, (at) => this.#memory.read(at, part.length, { into: part }));
    });
    return segments;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#open(offset, bytes.length);
    await this.#each(offset, bytes.length, ({ index, start, from, to }) =>
      this.#at(this.#allocated(index), start, (at) => this.#memory.write(at, bytes.subarray(from, to))),
    );
  }

  async zero(offset: number, length: number, options: { keepAllocated?: boolean } = {}): Promise<void> {
    const { keepAllocated = false } = options;
    this.#open(offset, length);
    await this.#each(
      offset,
      length,
      async ({ index, start, from, to, isWhole }) => {
        if (isWhole && !keepAllocated) return this.#release(index);
        const extent = keepAllocated ? this.#allocated(index) : this.#extents.get(index);
        if (extent === undefined) return;
        try {
          await this.#at(extent, start, (at) => this.#memory.trim(at, to - from));
        } catch (error) {
          // Where the fabric gave nothing there is nothing to zero.
          if (keepAllocated || extent.region !== undefined) throw error;
        }
      },
      (index) => keepAllocated || this.#extents.has(index),
    );
  }

  /** Nothing to do: a write is settled when the servers have it. */
  async flush(): Promise<void> {
    this.#open(0, 0);
  }

  *segments(offset: number, length: number): Generator<Segment> {
    let run: Segment | undefined;
    for (const { index, from, to } of this.#pieces.of(offset, length)) {
      const isHole = this.#extents.get(index)?.region === undefined;
      if (run?.isHole === isHole) {
        run = { ...run, length: run.length + to - from };
        continue;
      }
      if (run) yield run;
      run = { offset: offset + from, length: to - from, isHole };
    }
    if (run) yield run;
  }

  /**
   * Wait for what is under way, refuse what comes, and free everything. Idempotent. Bytes that could not be freed are `left`:
   * their servers did not answer.
   */
  close(): Promise<{ freed: number; left: number }> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<{ freed: number; left: number }> {
    await this.#calls.idle();
    const regions = this.#unfreed.splice(0);
    for (const { region } of this.#extents.values()) if (region) regions.push(region);
    this.#extents.clear();
    await inParallel(regions, this.#parallel, (region) => this.#free(region));
    const sum = (list: readonly Region[]): number => list.reduce((bytes, { length }) => bytes + length, 0);
    const left = sum(this.#unfreed);
    return { freed: sum(regions) - left, left };
  }

  /** @throws DiskError if the volume is closed, or has no such range */
  #open(offset: number, length: number): true {
    if (this.#closing) throw new DiskError('DISK_CLOSED', 'the disk is closed');
    if (offset >= 0 && length >= 0 && offset + length <= this.size) return true;
    const text = `${length} bytes from ${offset} on are not inside a volume of ${this.size} bytes`;
    throw new DiskError('BAD_ARGUMENT', text);
  }

  /** Run a task for each piece of a range, at most `parallel` of all calls at once. */
  async #each(
    offset: number,
    length: number,
    task: (piece: Piece) => Promise<unknown>,
    concerns: (index: number) => boolean = () => true,
  ): Promise<void> {
    const run = (piece: Piece): Promise<void> =>
      this.#slots.run(async () => {
        await task(piece);
      });
    try {
      await this.#calls.run(async () => {
        if (this.#pieces.isOne(offset, length)) await run(this.#pieces.first(offset, length));
        else await inParallel(this.#pieces.of(offset, length, concerns), this.#parallel, run);
      });
    } catch (error) {
      throw ioError(error);
    }
  }

  /** Use the memory of an extent, which is not freed meanwhile. */
  #at<Result>(extent: Extent, start: number, use: (at: MemoryAddress) => Promise<Result>): Promise<Result> {
    return extent.users.run(async () => {
      const { node, pointer } = extent.region ?? (await extent.ready);
      return use({ node, pointer: pointer + BigInt(start) });
    });
  }

  /** The extent of an index; the first who needs it asks the fabric for it. */
  #allocated(index: number): Extent {
    const known = this.#extents.get(index);
    if (known) return known;
    const extent: Extent = new Extent(
      this.#memory.alloc(this.#pieces.lengthOf(index)).then(
        (region) => {
          extent.region = region;
          return region;
        },
        (error: unknown) => {
          if (this.#extents.get(index) === extent) this.#extents.delete(index);
          throw error;
        },
      ),
    );
    // Whoever uses it hears of a failure; that nobody does any more is no fault.
    extent.ready.catch(() => {});
    this.#extents.set(index, extent);
    return extent;
  }

  async #release(index: number): Promise<void> {
    const extent = this.#extents.get(index);
    if (extent === undefined) return;
    this.#extents.delete(index);
    await extent.users.idle();
    if (extent.region) await this.#free(extent.region);
  }

  async #free(region: Region): Promise<void> {
    try {
      await this.#memory.free(region);
    } catch (error) {
      if (!(error instanceof MemoryError)) throw error;
      this.#unfreed.push(region);
    }
  }
}
