import { isDeepStrictEqual } from 'node:util';
import type { SwitchCounters } from '@bluebridge/controller';
import { MemoryError } from '@bluebridge/memory';
import type { LocalFabric } from '../fabric/local-fabric.js';

/** What a call was refused with; undefined if it was not refused. Other failures are thrown. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof MemoryError) return error.code;
    throw error;
  }
}

const MAX_READS = 50;

/** The switch's counters when nothing is on its way any more: two readings in a row that are the same. */
export async function settledCounters(fabric: LocalFabric): Promise<SwitchCounters> {
  let before = await fabric.controller!.counters();
  for (let i = 0; i < MAX_READS; i++) {
    const now = await fabric.controller!.counters();
    if (isDeepStrictEqual(before, now)) return now;
    before = now;
  }
  return before;
}

/** Packets in all cells of a counter. */
export const total = (counts: SwitchCounters['accepted']): number =>
  [...counts.values()].reduce((sum, { packets }) => sum + Number(packets), 0);

export const refusedFor = (counters: SwitchCounters, reason: string): number =>
  Number(counters.refused.get(reason)?.packets ?? 0n);
