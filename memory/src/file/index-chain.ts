import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { CallOptions, Region } from '../client/options.js';
import { formatAddress, MAX_ALLOCATION, type MemoryAddress } from '../wire/index.js';
import { decodeIndexPage, type Extent, entriesPerPage, type FileSummary, indexPages } from './format.js';

/** More extents than this (a terabyte in pieces of 1 MiB) are taken for damage. */
const MAX_EXTENTS = 1 << 20;

/** Everything an index chain says. */
export interface FileIndex {
  readonly summary: FileSummary;
  readonly extents: readonly Extent[];
  /** Where the index pages themselves are. */
  readonly pages: readonly MemoryAddress[];
}

/**
 * Follow the chain of index pages. Nothing in it is trusted: whoever may write these pages may have written anything.
 * @throws MemoryError NOT_A_FILE, CORRUPT_FILE, and what `read` throws
 */
export async function readIndex(
  client: MemoryClient,
  address: MemoryAddress,
  options: CallOptions = {},
): Promise<FileIndex> {
  const { pageSize, prefix } = client;
  const pages: MemoryAddress[] = [];
  const extents: Extent[] = [];
  let summary: FileSummary | undefined;
  let bytes = 0;
  for (let at = address; ; ) {
    const where = formatAddress({ prefix, ...addressOf(at) });
    const corrupt = (why: string) => new MemoryError('CORRUPT_FILE', `the index page at ${where} ${why}`);
    const page = decodeIndexPage(await client.read(at, pageSize, options), where);
    summary ??= page;
    const { size, sha256 } = summary;
    if (page.number !== pages.length)
      throw corrupt(`is page ${page.number} of its file, expected ${pages.length}`);
    if (page.size !== size || page.extents !== summary.extents || !same(page.sha256, sha256)) {
      throw corrupt('is of another file than the first');
    }
    if (page.extents > MAX_EXTENTS) throw corrupt(`states ${page.extents} extents, more than ${MAX_EXTENTS}`);
    const expected = Math.min(entriesPerPage(pageSize), page.extents - extents.length);
    if (page.entries.length !== expected) {
      throw corrupt(`has ${page.entries.length} entries, expected ${expected}`);
    }
    for (const extent of page.entries) {
      if (extent.bytes === 0 || extent.bytes > MAX_ALLOCATION)
        throw corrupt(`has an extent of ${extent.bytes} bytes`);
      bytes += extent.bytes;
      extents.push(extent);
    }
    pages.push(addressOf(at));
    if (pages.length < indexPages(summary.extents, pageSize)) {
      at = page.next;
      continue;
    }
    if (bytes !== size) throw corrupt(`lists extents of ${bytes} bytes for a file of ${size}`);
    return { summary, extents, pages };
  }
}

/** The allocations that make up a file, its index pages first. */
export function regionsOf(index: FileIndex, pageSize: number): Region[] {
  return [
    ...index.pages.map((page) => ({ ...page, length: pageSize })),
    ...index.extents.map(({ node, pointer, bytes }) => ({
      node,
      pointer,
      length: sizeOfAllocation(bytes, pageSize),
    })),
  ];
}

/** Allocations are powers of two of at least a page. */
export function sizeOfAllocation(bytes: number, pageSize: number): number {
  let size = pageSize;
  while (size < bytes) size *= 2;
  return size;
}

function addressOf({ node, pointer }: MemoryAddress): MemoryAddress {
  return { node, pointer };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
