import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { CallOptions } from '../client/options.js';
import { formatAddress, type MemoryAddress } from '../wire/index.js';
import { type Extent, hex } from './format.js';
import { type FileIndex, readIndex } from './index-chain.js';

/** Takes a file's bytes in order; may be slow, and is waited for. */
export type FileSink = (bytes: Uint8Array) => void | Promise<void>;

export interface GetOptions extends CallOptions {
  /** Pieces read ahead of the sink. Default 4. */
  parallel?: number;
}

/** What was read. */
export interface FetchedFile {
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The most that is read at once. */
const SLICE_BYTES = 1 << 18;

interface Slice {
  readonly extent: Extent;
  /** Number of the extent, and where it starts in the file. */
  readonly number: number;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Read a file back. The sink gets bytes before the whole is known to be right: keep what it wrote only if this resolves.
 * @param address what putFile returned
 * @throws MemoryError NOT_A_FILE; CORRUPT_FILE, saying what differs; and what `read` throws. What the sink throws.
 */
export async function getFile(
  client: MemoryClient,
  address: MemoryAddress,
  sink: FileSink,
  options: GetOptions = {},
): Promise<FetchedFile> {
  const { signal, parallel = 4 } = options;
  const index = await readIndex(client, address, { signal });
  const hash = createHash('sha256');
  let crc = 0;
  const ahead: { slice: Slice; bytes: Promise<Uint8Array> }[] = [];
  const slices = slicesOf(index);
  try {
    for (;;) {
      while (ahead.length < parallel) {
        const { value: slice } = slices.next();
        if (slice === undefined) break;
        const { node, pointer } = slice.extent;
        const from = { node, pointer: pointer + BigInt(slice.from) };
        ahead.push({ slice, bytes: client.read(from, slice.to - slice.from, { signal }) });
      }
      const first = ahead.shift();
      if (first === undefined) break;
      const { slice } = first;
      const bytes = await first.bytes;
      hash.update(bytes);
      crc = crc32(bytes, slice.from === 0 ? 0 : crc);
      if (slice.to === slice.extent.bytes && crc !== slice.extent.crc) throw damaged(client, slice, crc);
      await sink(bytes);
    }
  } finally {
    // Whatever was read ahead for nothing must not become an unhandled rejection.
    for (const { bytes } of ahead) bytes.catch(() => {});
  }
  const sha256 = hash.digest('hex');
  const stated = Buffer.from(index.summary.sha256).toString('hex');
  if (sha256 !== stated) {
    const where = formatAddress({ prefix: client.prefix, node: address.node, pointer: address.pointer });
    const text = `the file at ${where} is not what was stored: SHA-256 is ${sha256}, stated is ${stated}`;
    throw new MemoryError('CORRUPT_FILE', text);
  }
  return { size: index.summary.size, sha256 };
}

function* slicesOf(index: FileIndex): Generator<Slice, undefined> {
  let at = 0;
  for (const [number, extent] of index.extents.entries()) {
    for (let from = 0; from < extent.bytes; from += SLICE_BYTES) {
      yield { extent, number, at, from, to: Math.min(from + SLICE_BYTES, extent.bytes) };
    }
    at += extent.bytes;
  }
}

function damaged({ prefix }: MemoryClient, { extent, number, at }: Slice, crc: number): MemoryError {
  const { node, pointer, bytes } = extent;
  const where = `extent ${number} at ${formatAddress({ prefix, node, pointer })}`;
  const crcs = `CRC-32 is ${hex(crc)}, stated is ${hex(extent.crc)}`;
  return new MemoryError(
    'CORRUPT_FILE',
    `bytes ${at} to ${at + bytes - 1} of the file (${where}) differ: ${crcs}`,
  );
}
