import { ClockPolicy } from './clock.js';
import type { EvictionPolicy } from './evictable.js';
import { LfuPolicy } from './lfu.js';
import { FifoPolicy, LruPolicy } from './lru.js';

/** Which entry goes: the one used least recently, nearly that one at the cost of a bit, the oldest, or the one used least often. */
export type EvictionName = 'lru' | 'clock' | 'fifo' | 'lfu';

export const EVICTIONS: readonly EvictionName[] = ['lru', 'clock', 'fifo', 'lfu'];

/** @throws RangeError for another name */
export function newPolicy(name: EvictionName): EvictionPolicy {
  switch (name) {
    case 'lru':
      return new LruPolicy();
    case 'clock':
      return new ClockPolicy();
    case 'fifo':
      return new FifoPolicy();
    case 'lfu':
      return new LfuPolicy();
    default:
      throw new RangeError(`eviction ${String(name)} is none of ${EVICTIONS.join(', ')}`);
  }
}
