import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { StoreError } from './store.js';

/** Layout of a meta page of LMDB's data version 2, little endian: where its fields are behind the page's header. */
const HEADER = 24;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const AT = { magic: HEADER, version: HEADER + 4, pageSize: HEADER + 24, lastPage: 144, transaction: 152 };
const META_END = 160;

/**
 * LMDB maps its file and trusts it: a file that is cut short or something else kills the process that reads it. So look before it is mapped: two meta
 * pages, of which the younger one says how many pages there are.
 * @throws StoreError STORE_FOREIGN for a file of something else, STORE_CORRUPT for one that is cut short
 */
export function checkLmdbFile(path: string): void {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return;
    const first = metaAt(fd, 0);
    if (!first)
      throw new StoreError('STORE_FOREIGN', `${path} is no LMDB file of this version; move it away`);
    const second = metaAt(fd, first.pageSize);
    const youngest = second && second.transaction > first.transaction ? second : first;
    const expected = (youngest.lastPage + 1n) * BigInt(first.pageSize);
    if (!second || BigInt(size) < expected) {
      throw new StoreError(
        'STORE_CORRUPT',
        `${path} has ${size} bytes and should have ${second ? expected : 'more'}: it is cut short; put a copy in its place, ` +
          'or move it away, and the controller learns from the switch what it holds',
      );
    }
  } finally {
    closeSync(fd);
  }
}

function metaAt(fd: number, position: number) {
  const page = Buffer.alloc(META_END);
  if (readSync(fd, page, 0, META_END, position) < META_END) return undefined;
  if (page.readUInt32LE(AT.magic) !== MAGIC || page.readUInt32LE(AT.version) !== VERSION) return undefined;
  return {
    pageSize: page.readUInt32LE(AT.pageSize),
    lastPage: page.readBigUInt64LE(AT.lastPage),
    transaction: page.readBigUInt64LE(AT.transaction),
  };
}
