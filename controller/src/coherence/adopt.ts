import { COHERENCE_ACTIONS, COHERENCE_TABLES, type Fabric, TABLES } from '@bluebridge/templates';
import type { PlannedEntry } from '../plan/entry.js';
import type { Region } from './regions.js';

/** What a switch holds of coherence, read back. */
export interface HeldCoherence {
  readonly guards: readonly HeldGuard[];
  readonly regions: readonly Region[];
  readonly uncached: ReadonlyMap<number, number>;
}

export interface HeldGuard {
  readonly node: number;
  readonly index: number;
  readonly epoch: number;
  readonly writebackEpoch: number;
}

const POINTER_MASK = (1n << 64n) - 1n;
const NODE_BITS = 16;

/** Take the entries that coherence is about out of all that was read back. What makes no sense for this fabric is left out: the next difference deletes it. */
export function heldCoherence(fabric: Fabric, entries: Iterable<PlannedEntry>): HeldCoherence {
  const servers = new Set(fabric.servers.map(({ node }) => node));
  const guards: HeldGuard[] = [];
  const regions: Region[] = [];
  const uncached = new Map<number, number>();
  for (const { table, match, action, params } of entries) {
    if (table === TABLES.sourceGuard.name && action === COHERENCE_ACTIONS.client.name) {
      const { index, bit_of, epoch, writeback_epoch } = params;
      if (index === undefined || bit_of !== 1n << index) continue;
      guards.push({
        node: Number(match[TABLES.sourceGuard.keys.node]),
        index: Number(index),
        epoch: Number(epoch),
        writebackEpoch: Number(writeback_epoch),
      });
    }
    if (table !== COHERENCE_TABLES.directory.name) continue;
    const page = match[COHERENCE_TABLES.directory.keys.page];
    if (typeof page !== 'object') continue;
    const node = Number(page.value >> 64n);
    if (!servers.has(node)) continue;
    const generation = Number(params.of_generation);
    if (action === COHERENCE_ACTIONS.uncached.name) {
      if (page.prefix === NODE_BITS) uncached.set(node, generation);
      continue;
    }
    const bits = Number(params.of_region);
    if (NODE_BITS + 64 - bits !== page.prefix) continue;
    const state = action === COHERENCE_ACTIONS.closing.name ? 'closing' : 'cached';
    regions.push({
      node,
      start: page.value & POINTER_MASK,
      bits,
      slot: Number(params.at),
      generation,
      state,
    });
  }
  return { guards, regions, uncached };
}
