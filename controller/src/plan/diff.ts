import { entryKey, type PlannedEntry, sameAction } from './entry.js';

export interface Change {
  readonly type: 'delete' | 'modify' | 'insert';
  readonly entry: PlannedEntry;
}

/**
 * The fewest updates that turn `actual` into `planned`, in an order in which nobody is let in on the way: deletions first
 * (denials before permissions), then modifications, then insertions. No difference, no updates.
 */
export function diffEntries(planned: Iterable<PlannedEntry>, actual: Iterable<PlannedEntry>): Change[] {
  const have = new Map<string, PlannedEntry>();
  for (const entry of actual) have.set(entryKey(entry), entry);
  const deletes: Change[] = [];
  const modifies: Change[] = [];
  const inserts: Change[] = [];
  for (const entry of planned) {
    const key = entryKey(entry);
    const present = have.get(key);
    have.delete(key);
    if (!present) inserts.push({ type: 'insert', entry });
    else if (!sameAction(present, entry)) modifies.push({ type: 'modify', entry });
  }
  for (const entry of have.values()) deletes.push({ type: 'delete', entry });
  return [...deletes, ...modifies, ...inserts];
}
