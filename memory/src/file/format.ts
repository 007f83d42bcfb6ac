import { crc32 } from 'node:zlib';
import { MemoryError } from '../client/errors.js';
import type { MemoryAddress } from '../wire/index.js';

/*
 * An index page, big-endian. The pages of one file form a chain; all say the same of the whole file.
 *
 *   0  magic "BBIX"          4  version, 16 bits     6  entries in this page, 16 bits
 *   8  number of this page   12 extents of the file  16 bytes of the file, 64 bits
 *  24  SHA-256 of the file, 32 bytes
 *  56  next page: node, 16 bits; zero, 48 bits; pointer, 64 bits
 *  72  CRC-32 of the page with this field zero      76 zero
 *  80  entries of 24 bytes: node, 16 bits; zero, 16 bits; bytes used, 32 bits; pointer, 64 bits; CRC-32 of the bytes; zero, 32 bits
 */
const MAGIC = 0x42424958;
const VERSION = 1;
const HEADER_BYTES = 80;
const ENTRY_BYTES = 24;
const CRC_AT = 72;

/** A piece of a file: the first `bytes` bytes of an allocation. */
export interface Extent extends MemoryAddress {
  readonly bytes: number;
  readonly crc: number;
}

/** What every index page says of the whole file. */
export interface FileSummary {
  /** Bytes. */
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  readonly extents: number;
}

export interface IndexPage extends FileSummary {
  readonly number: number;
  readonly entries: readonly Extent[];
  readonly next: MemoryAddress;
}

export function entriesPerPage(pageSize: number): number {
  return Math.floor((pageSize - HEADER_BYTES) / ENTRY_BYTES);
}

/** How many index pages a file needs: one for an empty file. */
export function indexPages(extents: number, pageSize: number): number {
  return Math.max(1, Math.ceil(extents / entriesPerPage(pageSize)));
}

export function encodeIndexPage(page: IndexPage, pageSize: number): Uint8Array {
  const bytes = new Uint8Array(pageSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, VERSION);
  view.setUint16(6, page.entries.length);
  view.setUint32(8, page.number);
  view.setUint32(12, page.extents);
  view.setBigUint64(16, BigInt(page.size));
  bytes.set(page.sha256, 24);
  view.setUint16(56, page.next.node);
  view.setBigUint64(64, page.next.pointer);
  for (const [i, entry] of page.entries.entries()) {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    view.setUint16(at, entry.node);
    view.setUint32(at + 4, entry.bytes);
    view.setBigUint64(at + 8, entry.pointer);
    view.setUint32(at + 16, entry.crc);
  }
  view.setUint32(CRC_AT, crc32(bytes));
  return bytes;
}

/**
 * Read an index page of which nothing is certain.
 * @param where the page's address, for the error
 * @throws MemoryError NOT_A_FILE if it is no index page, CORRUPT_FILE if it is a damaged one
 */
export function decodeIndexPage(bytes: Uint8Array, where: string): IndexPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC) {
    const found = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    throw new MemoryError(
      'NOT_A_FILE',
      `no file at ${where}: it begins with ${found}, not with 42424958 ("BBIX")`,
    );
  }
  const version = view.getUint16(4);
  if (version !== VERSION) {
    throw new MemoryError(
      'NOT_A_FILE',
      `the file at ${where} has format ${version}; only ${VERSION} is known`,
    );
  }
  const stated = view.getUint32(CRC_AT);
  const plain = bytes.slice();
  plain.fill(0, CRC_AT, CRC_AT + 4);
  const actual = crc32(plain);
  if (stated !== actual) {
    const crcs = `its CRC-32 is ${hex(actual)}, stated is ${hex(stated)}`;
    throw new MemoryError('CORRUPT_FILE', `the index page at ${where} is damaged: ${crcs}`);
  }
  const count = view.getUint16(6);
  const size = view.getBigUint64(16);
  if (count > entriesPerPage(bytes.length) || size > BigInt(Number.MAX_SAFE_INTEGER)) {
    const text = `${count} entries, ${size} bytes`;
    throw new MemoryError('CORRUPT_FILE', `the index page at ${where} states what cannot be: ${text}`);
  }
  const entries = Array.from({ length: count }, (_, i): Extent => {
    const at = HEADER_BYTES + i * ENTRY_BYTES;
    return {
      node: view.getUint16(at),
      bytes: view.getUint32(at + 4),
      pointer: view.getBigUint64(at + 8),
      crc: view.getUint32(at + 16),
    };
  });
  return {
    number: view.getUint32(8),
    extents: view.getUint32(12),
    size: Number(size),
    sha256: bytes.slice(24, 56),
    next: { node: view.getUint16(56), pointer: view.getBigUint64(64) },
    entries,
  };
}

export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
