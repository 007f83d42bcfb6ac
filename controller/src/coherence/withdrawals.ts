import type { Allocation } from '../intent/allocations.js';
import type { Effect } from '../intent/effect.js';
import type { Range } from '../intent/ranges.js';

/** Copies that may not be used any more: rights to this range were taken from somebody. */
export interface Withdrawal extends Range {
  readonly node: number;
  /** The memory is nobody's now: its regions leave the directory. Else they are opened anew. */
  readonly remove: boolean;
}

/** Which copies have to be called in because of some changes of the intent, one after the other. Pure. */
export function withdrawalsOf(effects: readonly Effect[]): Withdrawal[] {
  const withdrawals: Withdrawal[] = [];
  for (const { removed, added } of effects) {
    for (const before of removed) {
      if (before.kind !== 'allocation') continue;
      const after = added.find(
        (fact): fact is Allocation =>
          fact.kind === 'allocation' && fact.node === before.node && fact.start === before.start,
      );
      const { node, start, end } = before;
      if (after?.owner !== before.owner || after.generation !== before.generation)
        withdrawals.push({ node, start, end, remove: true });
      else withdrawals.push(...lost(before, after).map((range) => ({ node, ...range, remove: false })));
    }
  }
  return withdrawals;
}

/** Shares that are not wholly there any more. */
function lost(before: Allocation, after: Allocation): Range[] {
  const ranges: Range[] = [];
  for (const [domain, shares] of before.shares) {
    for (const { start, end, rights } of shares) {
      const still = (after.shares.get(domain) ?? []).filter((share) => (share.rights & rights) === rights);
      if (!covers(still, start, end)) ranges.push({ start, end });
    }
  }
  return ranges;
}

function covers(ranges: readonly Range[], start: bigint, end: bigint): boolean {
  let at = start;
  for (const range of [...ranges].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    if (range.start <= at && range.end > at) at = range.end;
  }
  return at >= end;
}
