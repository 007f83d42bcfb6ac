import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { CallOptions, Region } from '../client/options.js';
import type { MemoryAddress } from '../wire/index.js';
import { readIndex, regionsOf } from './index-chain.js';
import { inParallel } from './parallel.js';

/** What is known of a file without reading it. */
export interface FileInfo {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly extents: number;
  /** Every allocation that it consists of, index pages first: grant these to let another client read it. */
  readonly regions: readonly Region[];
}

/** @throws MemoryError NOT_A_FILE, CORRUPT_FILE, and what `read` throws */
export async function statFile(
  client: MemoryClient,
  address: MemoryAddress,
  options: CallOptions = {},
): Promise<FileInfo> {
  const index = await readIndex(client, address, options);
  const { size, sha256, extents } = index.summary;
  const regions = regionsOf(index, client.pageSize);
  return { size, sha256: Buffer.from(sha256).toString('hex'), extents, regions };
}

/** Every allocation that a file consists of, its index pages first. @throws as statFile */
export async function fileRegions(
  client: MemoryClient,
  address: MemoryAddress,
  options: CallOptions = {},
): Promise<readonly Region[]> {
  return (await statFile(client, address, options)).regions;
}

/**
 * Free a file. Its index goes last, so that what could not be freed can still be found.
 * @returns bytes freed
 * @throws MemoryError as statFile and `free`: the first failure, after everything that can be freed is
 */
export async function removeFile(
  client: MemoryClient,
  address: MemoryAddress,
  options: CallOptions = {},
): Promise<number> {
  const index = await readIndex(client, address, options);
  const regions = regionsOf(index, client.pageSize);
  const extents = regions.slice(index.pages.length);
  let freed = 0;
  const failures: unknown[] = [];
  const free = async (region: Region): Promise<void> => {
    try {
      const bytes = await client.free(region, options);
      freed += bytes;
    } catch (error) {
      failures.push(error);
    }
  };
  await inParallel(extents, 16, free);
  if (failures.length === 0) await inParallel(regions.slice(0, index.pages.length), 16, free);
  if (failures.length === 0) return freed;
  const [first] = failures;
  if (!(first instanceof MemoryError)) throw first;
  const text = `${failures.length} of the file's ${regions.length} regions could not be freed: ${first.message}`;
  throw new MemoryError(first.code, text, { cause: first, asked: first.asked });
}
