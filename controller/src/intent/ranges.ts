/** A half-open range [start, end) of a node's memory, in bytes. */
export interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/** A range with the rights that somebody has on all of it. */
export interface RightsRange extends Range {
  readonly rights: number;
}

export const overlaps = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;
export const contains = (outer: Range, inner: Range): boolean =>
  outer.start <= inner.start && inner.end <= outer.end;

/**
 * Set the rights of one range, whatever they were; 0 takes them away. Input and output are disjoint, in ascending order
 * and merged: neighbours never have the same rights.
 */
export function setRights(ranges: readonly RightsRange[], change: RightsRange): RightsRange[] {
  const pieces: RightsRange[] = [];
  for (const r of ranges) {
    if (!overlaps(r, change)) {
      pieces.push(r);
      continue;
    }
    if (r.start < change.start) pieces.push({ start: r.start, end: change.start, rights: r.rights });
    if (change.end < r.end) pieces.push({ start: change.end, end: r.end, rights: r.rights });
  }
  if (change.rights !== 0 && change.start < change.end) pieces.push(change);
  pieces.sort((a, b) => (a.start < b.start ? -1 : 1));
  return merge(pieces);
}

function merge(sorted: readonly RightsRange[]): RightsRange[] {
  const merged: RightsRange[] = [];
  for (const r of sorted) {
    const last = merged.at(-1);
    if (last && last.end === r.start && last.rights === r.rights) {
      merged[merged.length - 1] = { start: last.start, end: r.end, rights: r.rights };
    } else merged.push(r);
  }
  return merged;
}
