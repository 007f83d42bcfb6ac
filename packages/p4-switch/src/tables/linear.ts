import type { EntryKey, TableDecl } from '../ir/program.js';
import { precedes, type TableEntry } from './entry.js';

/** Does a field value match? The definition that every faster lookup is measured against. */
export function matches(part: EntryKey, value: bigint, width: number): boolean {
  switch (part.kind) {
    case 'exact':
      return value === part.value;
    case 'lpm': {
      const shift = BigInt(width - part.prefixLength);
      return value >> shift === part.value >> shift;
    }
    case 'ternary':
      return (value & part.mask) === (part.value & part.mask);
    case 'range':
      return value >= part.low && value <= part.high;
  }
}

/** Try every entry; among those that match, the longest prefix wins in an lpm table, the precedence in others. */
export function linearLookup(
  table: TableDecl,
  entries: Iterable<TableEntry>,
  values: readonly bigint[],
): TableEntry | undefined {
  let best: TableEntry | undefined;
  for (const entry of entries) {
    if (!entry.key.every((part, index) => matches(part, values[index]!, table.key[index]!.width))) continue;
    if (best === undefined) best = entry;
    else if (table.match === 'lpm') {
      if (prefixLength(entry) > prefixLength(best)) best = entry;
    } else if (precedes(entry, best)) best = entry;
  }
  return best;
}

function prefixLength(entry: TableEntry): number {
  for (const part of entry.key) if (part.kind === 'lpm') return part.prefixLength;
  return 0;
}
