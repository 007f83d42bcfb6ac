import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { CallOptions, Region } from '../client/options.js';
import type { MemoryAddress } from '../wire/index.js';
import { type Extent, encodeIndexPage, entriesPerPage, type FileSummary, indexPages } from './format.js';
import { sizeOfAllocation } from './index-chain.js';
import { inParallel } from './parallel.js';
import { cutIntoExtents, defaultExtent, type FileSource } from './source.js';

export interface PutOptions extends CallOptions {
  /** Bytes of an extent, a power of two of at least a page. Default: about an eighth of the file, from a page to 1 MiB. */
  extent?: number;
  /** Extents under way at once; so many are in this process's memory. Default 4. */
  parallel?: number;
  /** Told of bytes stored since the last call. */
  progress?: (bytes: number) => void;
}

/** A file in remote memory. */
export interface StoredFile {
  /** All that is needed to get it back. */
  readonly address: MemoryAddress;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Every allocation that it consists of, index pages first: what to grant to share it. */
  readonly regions: readonly Region[];
}

/**
 * Store a file in extents that the fabric places, and an index that names them.
 * @throws MemoryError NO_MEMORY if it does not fit, and others. Whatever happens, a file that is not stored whole leaves
 * nothing behind: what was allocated is freed before this settles.
 */
export async function putFile(
  client: MemoryClient,
  source: FileSource,
  options: PutOptions = {},
): Promise<StoredFile> {
  const { pageSize } = client;
  const { extent = defaultExtent(source, pageSize), parallel = 4, signal, progress } = options;
  if (sizeOfAllocation(extent, pageSize) !== extent) {
    const text = `an extent of ${extent} bytes is not a power of two of at least a page, ${pageSize} bytes`;
    throw new MemoryError('BAD_ARGUMENT', text);
  }
  const upload = new Upload(client, { signal }, progress);
  try {
    return await upload.run(cutIntoExtents(source, extent, pageSize), parallel);
  } catch (error) {
    throw await upload.undo(error);
  }
}

/** One file on its way. Knows everything it has allocated. */
class Upload {
  readonly #hash = createHash('sha256');
  readonly #allocated: Region[] = [];
  /** By their place in the file; the pieces of one that had to be divided stay together. */
  readonly #extents: Extent[][] = [];
  #size = 0;
  #stored = 0;

  constructor(
    private readonly client: MemoryClient,
    private readonly options: CallOptions,
    private readonly progress: (bytes: number) => void = () => {},
  ) {}

  async run(pieces: AsyncIterable<Uint8Array>, parallel: number): Promise<StoredFile> {
    const hash = this.#hash;
    const upload = this;
    async function* counted(): AsyncGenerator<[number, Uint8Array]> {
      let i = 0;
      for await (const piece of pieces) {
        hash.update(piece);
        upload.#size += piece.length;
        yield [i++, piece];
      }
    }
    await inParallel(counted(), parallel, async ([i, piece]) => {
      this.#extents[i] = await this.#store(piece);
    });
    const sha256 = hash.digest();
    const pages = await this.#writeIndex({
      size: this.#size,
      sha256,
      extents: this.#extents.reduce((sum, { length }) => sum + length, 0),
    });
    const extents = this.#allocated.filter((region) => !pages.includes(region));
    const { node, pointer } = pages[0]!;
    return {
      address: { node, pointer },
      size: this.#size,
      sha256: sha256.toString('hex'),
      regions: [...pages, ...extents],
    };
  }

  /** Give everything back. @returns the error, with what became of the memory */
  async undo(error: unknown): Promise<unknown> {
    let left = 0;
    // Not with the caller's signal: it may be the reason why we are here.
    await inParallel(this.#allocated, 16, async (region) => {
      await this.client.free(region).catch(() => {
        left += region.length;
      });
    });
    if (!(error instanceof MemoryError)) return error;
    const fate = left === 0 ? 'what was allocated is freed again' : `${left} bytes could not be freed again`;
    const text = `the file is not stored, after ${this.#stored} bytes: ${error.message}; ${fate}`;
    return new MemoryError(error.code, text, { cause: error, asked: error.asked });
  }

  /** One extent, or two halves where no range of that size is left. */
  async #store(piece: Uint8Array): Promise<Extent[]> {
    const { client, options } = this;
    const { pageSize } = client;
    let region: Region;
    try {
      region = await this.#allocate(piece.length);
    } catch (error) {
      const canDivide = error instanceof MemoryError && error.code === 'NO_MEMORY' && piece.length > pageSize;
      if (!canDivide) throw error;
      const half = sizeOfAllocation(piece.length, pageSize) / 2;
      const first = await this.#store(piece.subarray(0, half));
      return [...first, ...(await this.#store(piece.subarray(half)))];
    }
    await client.write(region, piece, options);
    this.#stored += piece.length;
    this.progress(piece.length);
    return [{ node: region.node, pointer: region.pointer, bytes: piece.length, crc: crc32(piece) }];
  }

  async #writeIndex(summary: FileSummary): Promise<Region[]> {
    const { client, options } = this;
    const { pageSize } = client;
    const extents = this.#extents.flat();
    const perPage = entriesPerPage(pageSize);
    const pages: Region[] = [];
    for (let i = 0; i < indexPages(extents.length, pageSize); i++) pages.push(await this.#allocate(pageSize));
    await inParallel(pages.entries(), 4, async ([number, page]) => {
      const entries = extents.slice(number * perPage, (number + 1) * perPage);
      const next = pages[number + 1] ?? { node: 0, pointer: 0n };
      await client.write(page, encodeIndexPage({ ...summary, number, entries, next }, pageSize), options);
    });
    return pages;
  }

  async #allocate(bytes: number): Promise<Region> {
    const region = await this.client.alloc(sizeOfAllocation(bytes, this.client.pageSize), this.options);
    this.#allocated.push(region);
    return region;
  }
}
