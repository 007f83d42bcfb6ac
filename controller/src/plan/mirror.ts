import { type Change, diffEntries } from './diff.js';
import { entryKey, type PlannedEntry } from './entry.js';

/**
 * What one table of a switch holds, as far as it has acknowledged: differences are computed against this without reading
 * the switch.
 */
export class TableMirror {
  private readonly entries = new Map<string, PlannedEntry>();

  get size(): number {
    return this.entries.size;
  }

  /** Start over from what was read back. */
  load(actual: Iterable<PlannedEntry>): void {
    this.entries.clear();
    for (const entry of actual) this.entries.set(entryKey(entry), entry);
  }

  /** The updates that make the entries of `keys` what `wanted` says; a key that is not in `wanted` is deleted. */
  changes(keys: ReadonlySet<string>, wanted: ReadonlyMap<string, PlannedEntry>): Change[] {
    const planned: PlannedEntry[] = [];
    const actual: PlannedEntry[] = [];
    for (const key of keys) {
      const want = wanted.get(key);
      const have = this.entries.get(key);
      if (want) planned.push(want);
      if (have) actual.push(have);
    }
    return diffEntries(planned, actual);
  }

  /** The switch has acknowledged a change. */
  commit({ type, entry }: Change): void {
    if (type === 'delete') this.entries.delete(entryKey(entry));
    else this.entries.set(entryKey(entry), entry);
  }
}
