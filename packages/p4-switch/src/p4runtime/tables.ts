import { Code, type Entity, type Init, P4RuntimeError, type TableEntry, UpdateType } from 'p4runtime-js';
import type { CounterValue, EntryView, MeterConfig } from '../switch/control-plane.js';
import { entryAction, tableAction } from './actions.js';
import { type Bindings, type BoundTable, find } from './bindings.js';
import { invalid, notFound } from './errors.js';
import { keyFromMatch, matchFromKey } from './match.js';

const NS_PER_MS = 1_000_000n;

/** INSERT, MODIFY or DELETE a table entry (specification, "TableEntry"). @throws P4RuntimeError */
export function writeTableEntry(bindings: Bindings, type: UpdateType, entry: TableEntry): void {
  const table = find(bindings.tables, entry.tableId, 'table');
  if (entry.isDefaultAction) {
    writeDefaultEntry(table, type, entry);
    return;
  }
  const key = keyFromMatch(table, entry.match);
  const priority = checkedPriority(table, entry);
  const idleTimeout = Number(entry.idleTimeoutNs / NS_PER_MS);
  const { control } = table;
  if (type === UpdateType.INSERT) {
    const handle = control.add({
      key,
      priority,
      action: entryAction(table, entry.action, false),
      idleTimeout,
    });
    setDirectResources(table, handle, entry, type);
    return;
  }
  const existing = control.find(key, priority);
  if (!existing) throw notFound(`table ${table.name} has no such entry`);
  if (type === UpdateType.DELETE) {
    control.remove(existing.handle);
    return;
  }
  control.modify(existing.handle, entryAction(table, entry.action, false), idleTimeout);
  setDirectResources(table, existing.handle, entry, type);
}

/** A table's default entry can only be modified; without an action it goes back to the program's own. */
function writeDefaultEntry(table: BoundTable, type: UpdateType, entry: TableEntry): void {
  if (type !== UpdateType.MODIFY) throw invalid(`table ${table.name}: a default entry can only be modified`);
  if (entry.match.length > 0 || entry.priority !== 0) {
    throw invalid(`table ${table.name}: a default entry has neither match fields nor a priority`);
  }
  table.control.setDefault(entry.action ? entryAction(table, entry.action, true) : undefined);
  setDirectResources(table, 'default', entry, type);
}

function checkedPriority(table: BoundTable, { priority }: TableEntry): number {
  if (table.needsPriority && priority <= 0) {
    throw invalid(
      `table ${table.name} has ternary, range or optional fields: its entries need a priority above 0`,
    );
  }
  if (!table.needsPriority && priority !== 0) {
    throw invalid(
      `table ${table.name} has only exact and lpm fields: its entries have no priority, not ${priority}`,
    );
  }
  return priority;
}

/** MODIFY without `meter_config` resets the meter; without `counter_data` it keeps the counter (spec, "TableEntry"). */
function setDirectResources(
  table: BoundTable,
  handle: number | 'default',
  entry: TableEntry,
  type: UpdateType,
): void {
  const { control } = table;
  if (entry.counterData) {
    if (!control.info.hasCounter) throw invalid(`table ${table.name} has no direct counter`);
    control.setCounter(handle, counterValue(entry.counterData));
  }
  if (entry.meterConfig) {
    if (!control.info.hasMeter) throw invalid(`table ${table.name} has no direct meter`);
    control.setMeter(handle, entry.meterConfig);
  } else if (type === UpdateType.MODIFY && control.info.hasMeter) control.setMeter(handle, undefined);
}

const counterValue = (data: { packetCount: bigint; byteCount: bigint }): CounterValue => ({
  packets: data.packetCount,
  bytes: data.byteCount,
});

export const counterData = ({ packets, bytes }: CounterValue) => ({ packetCount: packets, byteCount: bytes });

/**
 * The entries that a pattern asks for: table 0 is all tables, a pattern without match fields all entries of a table, any
 * field that is set narrows (specification, "Read RPC").
 */
export function* readTableEntries(bindings: Bindings, pattern: TableEntry): Generator<Init<Entity>> {
  if (pattern.tableId === 0 && pattern.match.length > 0) {
    throw invalid('a read of all tables cannot have match fields');
  }
  const tables =
    pattern.tableId === 0 ? [...bindings.tables.values()] : [find(bindings.tables, pattern.tableId, 'table')];
  for (const table of tables) {
    if (pattern.isDefaultAction) {
      const entry = defaultEntry(table, pattern);
      if (entry) yield { tableEntry: entry };
      continue;
    }
    for (const view of selected(table, pattern)) yield { tableEntry: entryMessage(table, view, pattern) };
  }
}

function selected(table: BoundTable, pattern: TableEntry): Iterable<EntryView> {
  if (pattern.match.length > 0) {
    const view = table.control.find(keyFromMatch(table, pattern.match), pattern.priority);
    return view ? [view] : [];
  }
  return filtered(table.control.entries(), table, pattern);
}

function* filtered(views: Iterable<EntryView>, table: BoundTable, pattern: TableEntry): Generator<EntryView> {
  const wanted = pattern.action ? tableActionKey(pattern.action) : undefined;
  for (const view of views) {
    if (pattern.priority !== 0 && view.priority !== pattern.priority) continue;
    if (wanted !== undefined && wanted !== tableActionKey(tableAction(table, view.action))) continue;
    yield view;
  }
}

/** A pattern's action selects by what is set in it: an action id, a member or a group. */
const tableActionKey = (action: Init<TableEntry>['action']): string =>
  action?.action
    ? `action ${action.action.actionId}`
    : `${action?.actionProfileMemberId ?? ''}/${action?.actionProfileGroupId ?? ''}`;

function entryMessage(table: BoundTable, view: EntryView, pattern: TableEntry): Init<TableEntry> {
  return {
    tableId: table.id,
    match: matchFromKey(table, view.key),
    action: tableAction(table, view.action),
    priority: table.needsPriority ? view.priority : 0,
    idleTimeoutNs: BigInt(view.idleTimeout) * NS_PER_MS,
    timeSinceLastHit: pattern.timeSinceLastHit
      ? { elapsedNs: BigInt(Math.round(view.idleFor)) * NS_PER_MS }
      : null,
    isConst: view.isConst,
    ...directResources(view, pattern),
  };
}

function defaultEntry(table: BoundTable, pattern: TableEntry): Init<TableEntry> | undefined {
  const view = table.control.defaultEntry;
  if (!view) return { tableId: table.id, isDefaultAction: true };
  return {
    tableId: table.id,
    isDefaultAction: true,
    action: tableAction(table, view.action),
    ...directResources(view, pattern),
  };
}

/** Counters and meters are told where the pattern asks for them. */
function directResources(
  view: { counter: CounterValue | undefined; meter: MeterConfig | undefined },
  pattern: TableEntry,
): Init<TableEntry> {
  return {
    counterData: pattern.counterData && view.counter ? counterData(view.counter) : null,
    meterConfig: pattern.meterConfig && view.meter ? view.meter : null,
  };
}

/** The handle of the entry that a DirectCounterEntry or DirectMeterEntry names. @throws P4RuntimeError */
export function handleOf(
  bindings: Bindings,
  entry: TableEntry | null,
): { table: BoundTable; handle: number | 'default' } {
  if (!entry) throw new P4RuntimeError('a direct resource needs a table entry', Code.INVALID_ARGUMENT);
  const table = find(bindings.tables, entry.tableId, 'table');
  if (entry.isDefaultAction) return { table, handle: 'default' };
  const view = table.control.find(keyFromMatch(table, entry.match), entry.priority);
  if (!view) throw notFound(`table ${table.name} has no such entry`);
  return { table, handle: view.handle };
}
