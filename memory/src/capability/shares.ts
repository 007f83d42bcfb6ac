/**
 * Who may do what with the allocations of one memory server: what its capabilities are made from (docs/capabilities.md). Pure state.
 * Shares of a domain are disjoint, ascending ranges of whole pages.
 */
export interface Share {
  readonly start: number;
  readonly end: number;
  readonly rights: number;
}

export interface Holding {
  readonly start: number;
  readonly end: number;
  /** Protection domain that allocated it. */
  readonly owner: number;
  readonly shares: ReadonlyMap<number, readonly Share[]>;
}

/** A range that one token can speak for: a power of two, aligned to its size. */
export interface Grant {
  readonly start: number;
  /** log2 of its bytes. */
  readonly range: number;
  readonly rights: number;
}

/** Rights of an owner: all. */
const OWNER_RIGHTS = 7;

/** What a domain may do around an address, as the largest range that one token can speak for; undefined: nothing. */
export function grantAround(
  holding: Holding,
  domain: number,
  address: number,
  pageSize: number,
): Grant | undefined {
  const share =
    domain === holding.owner
      ? { start: holding.start, end: holding.end, rights: OWNER_RIGHTS }
      : holding.shares.get(domain)?.find(({ start, end }) => address >= start && address < end);
  if (share === undefined) return undefined;
  let grant: Grant | undefined;
  for (let range = Math.log2(pageSize); ; range++) {
    const size = 2 ** range;
    const start = address - (address % size);
    if (start < share.start || start + size > share.end) return grant;
    grant = { start, range, rights: share.rights };
  }
}

/** Set a domain's rights on a range; 0 takes them away. The owner's own rights are no share. */
export function withShare(holding: Holding, domain: number, { start, end, rights }: Share): Holding {
  if (domain === holding.owner) return holding;
  const kept: Share[] = [];
  for (const share of holding.shares.get(domain) ?? []) {
    if (share.start < start) kept.push({ ...share, end: Math.min(share.end, start) });
    if (share.end > end) kept.push({ ...share, start: Math.max(share.start, end) });
  }
  const pieces = rights === 0 ? kept : [...kept, { start, end, rights }];
  const merged: Share[] = [];
  for (const piece of pieces.filter((p) => p.start < p.end).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && last.end === piece.start && last.rights === piece.rights) {
      merged[merged.length - 1] = { ...last, end: piece.end };
    } else merged.push(piece);
  }
  const shares = new Map(holding.shares);
  if (merged.length > 0) shares.set(domain, merged);
  else shares.delete(domain);
  return { ...holding, shares };
}
