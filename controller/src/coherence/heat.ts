import type { Region, Regions } from './regions.js';

/** What a slot's registers have counted since they were last read. */
export interface Heat {
  readonly region: Region;
  readonly accesses: number;
  readonly probes: number;
}

export interface HeatPolicy {
  /** log2 of the smallest region: a page. */
  readonly smallest: number;
  /** log2 of the largest region. */
  readonly largest: number;
  /** A region is hot if it saw this many accesses in a round ... */
  readonly hotAccesses: number;
  /** ... and this share of them had somebody to probe: several clients want different pages of it, or the same one. */
  readonly hotShare: number;
  /** Regions that saw at most this many accesses in a round are cold. */
  readonly coldAccesses: number;
  /** Bounded splitting: at most so many regions are split, and so many pairs merged, in a round. */
  readonly changes: number;
  /** Slots that are kept free for pages that are not yet cached. */
  readonly spareSlots: number;
}

export type HeatDecision =
  | { readonly what: 'split'; readonly region: Region }
  | { readonly what: 'merge'; readonly region: Region; readonly buddy: Region }
  | { readonly what: 'remove'; readonly region: Region };

/**
 * What to do about the regions, given what they saw (MIND, SOSP'21, section 5.1, calls it bounded splitting): false sharing is split, cold
 * neighbours are merged, and when slots run short the coldest regions give theirs back. Pure.
 */
export function decide(heats: readonly Heat[], regions: Regions, policy: HeatPolicy): HeatDecision[] {
  const decisions: HeatDecision[] = [];
  const taken = new Set<Region>();
  const known = new Map(heats.map((heat) => [heat.region, heat]));
  const settled = heats.filter(({ region }) => region.state === 'cached');

  let free = regions.freeSlots;
  const hot = settled
    .filter(
      ({ region, accesses, probes }) =>
        region.bits > policy.smallest &&
        accesses >= policy.hotAccesses &&
        probes >= accesses * policy.hotShare,
    )
    .sort((a, b) => b.probes - a.probes);
  for (const { region } of hot.slice(0, policy.changes)) {
    if (free <= 0) break;
    free--;
    taken.add(region);
    decisions.push({ what: 'split', region });
  }

  let merges = 0;
  for (const { region, accesses } of settled) {
    // A merge recalls copies: only where slots run short.
    if (merges >= policy.changes || free >= policy.spareSlots) break;
    if (taken.has(region) || accesses > policy.coldAccesses || region.bits >= policy.largest) continue;
    const buddy = regions.buddy(region);
    const other = buddy && known.get(buddy);
    if (!buddy || !other || taken.has(buddy) || buddy.state !== 'cached') continue;
    if (other.accesses > policy.coldAccesses) continue;
    merges++;
    free++;
    taken.add(region).add(buddy);
    const [first, second] = region.start < buddy.start ? [region, buddy] : [buddy, region];
    decisions.push({ what: 'merge', region: first, buddy: second });
  }

  const wanted = policy.spareSlots - free;
  if (wanted > 0) {
    const coldest = settled
      .filter(({ region }) => !taken.has(region))
      .sort((a, b) => a.accesses - b.accesses || a.region.slot - b.region.slot);
    for (const { region } of coldest.slice(0, wanted)) decisions.push({ what: 'remove', region });
  }
  return decisions;
}
