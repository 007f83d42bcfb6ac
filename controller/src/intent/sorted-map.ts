import { createRequire } from 'node:module';

// sorted-btree is CommonJS with a `default` property, which loaders of ES modules disagree about; require() is the same everywhere.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as typeof import('sorted-btree');

/** A map in ascending order of its keys, with O(log n) lookups of neighbours (a B+ tree). */
export type SortedMap<V> = InstanceType<typeof BTree<bigint, V>>;

export const sortedMap = <V>(): SortedMap<V> =>
  new BTree<bigint, V>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));
