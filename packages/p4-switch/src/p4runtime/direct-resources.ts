import {
  type DirectCounterEntry,
  type DirectMeterEntry,
  type Entity,
  type Init,
  TableEntry,
  UpdateType,
} from 'p4runtime-js';
import type { Bindings } from './bindings.js';
import { invalid } from './errors.js';
import { counterData, handleOf, readTableEntries } from './tables.js';

/** Direct counters can be modified, and nothing else: they live and die with their entries. @throws P4RuntimeError */
export function writeDirectCounter(bindings: Bindings, type: UpdateType, entry: DirectCounterEntry): void {
  onlyModify(type, 'direct counter');
  const { table, handle } = handleOf(bindings, entry.tableEntry);
  if (!table.control.info.hasCounter) throw invalid(`table ${table.name} has no direct counter`);
  if (!entry.data) return;
  table.control.setCounter(handle, { packets: entry.data.packetCount, bytes: entry.data.byteCount });
}

/** MODIFY without a config takes the limit away. @throws P4RuntimeError */
export function writeDirectMeter(bindings: Bindings, type: UpdateType, entry: DirectMeterEntry): void {
  onlyModify(type, 'direct meter');
  const { table, handle } = handleOf(bindings, entry.tableEntry);
  if (!table.control.info.hasMeter) throw invalid(`table ${table.name} has no direct meter`);
  table.control.setMeter(handle, entry.config ?? undefined);
}

export function* readDirectCounters(
  bindings: Bindings,
  pattern: DirectCounterEntry,
): Generator<Init<Entity>> {
  for (const entry of entriesWith(bindings, pattern.tableEntry, { counterData: {} })) {
    if (entry.counterData)
      yield { directCounterEntry: { tableEntry: named(entry), data: entry.counterData } };
  }
}

export function* readDirectMeters(bindings: Bindings, pattern: DirectMeterEntry): Generator<Init<Entity>> {
  const withMeter = new Set(
    [...bindings.tables.values()].filter((t) => t.control.info.hasMeter).map((t) => t.id),
  );
  for (const entry of entriesWith(bindings, pattern.tableEntry, { meterConfig: {} })) {
    if (withMeter.has(entry.tableId ?? 0)) {
      yield { directMeterEntry: { tableEntry: named(entry), config: entry.meterConfig } };
    }
  }
}

function* entriesWith(
  bindings: Bindings,
  pattern: TableEntry | null,
  wanted: Init<TableEntry>,
): Generator<Init<TableEntry>> {
  const asked = TableEntry.from({ ...pattern, ...wanted });
  for (const { tableEntry } of readTableEntries(bindings, asked)) if (tableEntry) yield tableEntry;
}

/** What names an entry, without what it does or has counted. */
const named = ({ tableId, match, priority, isDefaultAction }: Init<TableEntry>): Init<TableEntry> => ({
  tableId,
  match,
  priority,
  isDefaultAction,
});

export function onlyModify(type: UpdateType, kind: string): void {
  if (type !== UpdateType.MODIFY)
    throw invalid(`a ${kind} can only be modified: it is neither inserted nor deleted`);
}
export { counterData };
