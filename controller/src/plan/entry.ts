/**
 * One table entry as plain data: what the planner wants, or what was read back. Values are numbers as bigint; a match value
 * is exact unless it has a prefix length.
 */
export interface PlannedEntry {
  readonly table: string;
  readonly match: Readonly<Record<string, MatchValue>>;
  readonly action: string;
  readonly params: Readonly<Record<string, bigint>>;
}

export type MatchValue = bigint | { readonly value: bigint; readonly prefix: number };

/** What makes two entries the same entry of a switch: table and match, not the action. */
export function entryKey(entry: PlannedEntry): string {
  const fields = Object.keys(entry.match)
    .sort()
    .map((name) => {
      const v = entry.match[name]!;
      return typeof v === 'bigint'
        ? `${name}=${v.toString(16)}`
        : `${name}=${v.value.toString(16)}/${v.prefix}`;
    });
  return `${entry.table}(${fields.join(',')})`;
}

/** Whether two entries of the same key do the same. */
export function sameAction(a: PlannedEntry, b: PlannedEntry): boolean {
  if (a.action !== b.action) return false;
  const names = Object.keys(a.params);
  return (
    names.length === Object.keys(b.params).length && names.every((name) => a.params[name] === b.params[name])
  );
}
