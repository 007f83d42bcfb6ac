import type { Region } from './regions.js';
import type { Session } from './sessions.js';

/** What a client may do with copies: its source guard entry says so. */
export interface SessionFact extends Pick<Session, 'node' | 'index' | 'epoch' | 'writebackEpoch'> {
  readonly kind: 'session';
}

/** A directory entry with a slot. */
export interface RegionFact extends Pick<Region, 'node' | 'start' | 'bits' | 'slot' | 'generation'> {
  readonly kind: 'region';
  readonly closing: boolean;
}

/** What has no slot on a node. */
export interface UncachedFact {
  readonly kind: 'uncached';
  readonly node: number;
  readonly generation: number;
}

/** What entries of coherent fabrics follow from. Unlike allocations these are not written down: they are read back from the switch. */
export type CoherenceFact = SessionFact | RegionFact | UncachedFact;

export function sessionFact({ node, index, epoch, writebackEpoch }: Session): SessionFact {
  return { kind: 'session', node, index, epoch, writebackEpoch };
}

export function regionFact({ node, start, bits, slot, generation, state }: Region): RegionFact {
  return { kind: 'region', node, start, bits, slot, generation, closing: state !== 'cached' };
}
