import type {
  DirectCounterEntry,
  DirectMeterEntry,
  Entity,
  Init,
  TableEntry,
  UpdateType,
} from 'p4runtime-js';
import { UpdateType as Type } from 'p4runtime-js';
import type { ColorCounts, CounterValue, MeterConfig } from '../switch/control-plane.js';
import { type Bindings, type BoundTable, chosen, find } from './bindings.js';
import { counterData, counterValue } from './counters.js';
import { invalid } from './errors.js';
import { colorCounts, colorData, meterConfig } from './meters.js';
import { entryKey, locate, type Selected, selected } from './select.js';

/** Values of a direct counter and meter that a table entry brings along, checked. */
export interface DirectSettings {
  readonly counter: CounterValue | undefined;
  readonly meter: MeterConfig | undefined;
  readonly colors: Partial<ColorCounts> | undefined;
}

/** @throws P4RuntimeError INVALID_ARGUMENT where the table has no such resource */
export function directSettings(table: BoundTable, entry: TableEntry): DirectSettings {
  const where = `table ${table.name}`;
  if (entry.counterData) checkHas(table, 'counter');
  if (entry.meterConfig || entry.meterCounterData) checkHas(table, 'meter');
  return {
    counter: entry.counterData ? counterValue(entry.counterData) : undefined,
    meter: entry.meterConfig
      ? meterConfig(entry.meterConfig, table.meterType, `${where}, meter_config`)
      : undefined,
    colors: entry.meterCounterData ? colorCounts(entry.meterCounterData) : undefined,
  };
}

/** What is unset leaves the counters, and takes the meter's limit away (specification, "Direct Resources"). */
export function applySettings(table: BoundTable, handle: number | 'default', settings: DirectSettings): void {
  if (settings.counter) table.control.setCounter(handle, settings.counter);
  if (table.control.info.hasMeter) table.control.setMeter(handle, settings.meter);
  if (settings.colors) table.control.setColors(handle, settings.colors);
}

/** @throws P4RuntimeError INVALID_ARGUMENT */
function checkHas(table: BoundTable, kind: 'counter' | 'meter'): void {
  const { hasCounter, hasMeter } = table.control.info;
  if (!(kind === 'counter' ? hasCounter : hasMeter)) {
    throw invalid(`table ${table.name} has no direct ${kind}`);
  }
}

/** Direct counters can be modified, and nothing else: they live and die with their entries. @throws P4RuntimeError */
export function writeDirectCounter(bindings: Bindings, type: UpdateType, entry: DirectCounterEntry): void {
  onlyModify(type, 'direct counter');
  const { table, handle } = target(bindings, entry.tableEntry, 'counter');
  if (entry.data) table.control.setCounter(handle, counterValue(entry.data));
}

/** MODIFY without a config takes the limit away. @throws P4RuntimeError */
export function writeDirectMeter(bindings: Bindings, type: UpdateType, entry: DirectMeterEntry): void {
  onlyModify(type, 'direct meter');
  const { table, handle } = target(bindings, entry.tableEntry, 'meter');
  const what = `table ${table.name}, direct meter`;
  table.control.setMeter(handle, entry.config ? meterConfig(entry.config, table.meterType, what) : undefined);
  if (entry.counterData) table.control.setColors(handle, colorCounts(entry.counterData));
}

function target(bindings: Bindings, entry: TableEntry | null, kind: 'counter' | 'meter') {
  if (!entry) throw invalid(`a direct ${kind} needs the table_entry that it belongs to`);
  const table = find(bindings.tables, entry.tableId, 'table');
  checkHas(table, kind);
  if (entry.isDefaultAction) {
    entryKey(table, entry);
    return { table, handle: 'default' as const };
  }
  return { table, handle: locate(table, entry).handle };
}

export function* readDirectCounters(
  bindings: Bindings,
  pattern: DirectCounterEntry,
): Generator<Init<Entity>> {
  for (const { key, counter } of found(bindings, pattern.tableEntry, 'counter')) {
    if (counter) yield { directCounterEntry: { tableEntry: key, data: counterData(counter) } };
  }
}

export function* readDirectMeters(bindings: Bindings, pattern: DirectMeterEntry): Generator<Init<Entity>> {
  for (const { key, meter, colors } of found(bindings, pattern.tableEntry, 'meter')) {
    const counts = pattern.counterData && colors ? colorData(colors) : null;
    yield { directMeterEntry: { tableEntry: key, config: meter ?? null, counterData: counts } };
  }
}

/** The entries of all tables that have such a resource, of one table, or one entry, which then has to be there. */
function* found(
  bindings: Bindings,
  pattern: TableEntry | null,
  kind: 'counter' | 'meter',
): Generator<Selected> {
  const tables = chosen(bindings.tables, pattern?.tableId ?? 0, 'table');
  if (tables.length === 1 && pattern?.tableId) {
    checkHas(tables[0]!, kind);
    if (pattern.match.length > 0) locate(tables[0]!, pattern);
  }
  for (const table of tables) {
    const { hasCounter, hasMeter } = table.control.info;
    if (kind === 'counter' ? hasCounter : hasMeter) yield* selected(table, pattern);
  }
}

/** Counters and meters are there from the start and stay. @throws P4RuntimeError INVALID_ARGUMENT */
export function onlyModify(type: UpdateType, kind: string): void {
  if (type !== Type.MODIFY)
    throw invalid(`a ${kind} can only be modified: it is neither inserted nor deleted`);
}
