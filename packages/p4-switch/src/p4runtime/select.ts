// Which table entries a message means.
import type { Init, TableEntry } from 'p4runtime-js';
import type {
  ColorCounts,
  CounterValue,
  EntryView,
  MatchValue,
  MeterConfig,
} from '../switch/control-plane.js';
import { type BoundTable, namesOf } from './bindings.js';
import { invalid, notFound } from './errors.js';
import { keyFromMatch, keyText, matchFromKey } from './match.js';

/** What an entry, or the default entry, has besides its action. */
export interface Selected {
  /** What names the entry, and nothing else. */
  readonly key: Init<TableEntry>;
  readonly counter: CounterValue | undefined;
  readonly meter: MeterConfig | undefined;
  /** What its meter marked; undefined where the table has none. */
  readonly colors: ColorCounts | undefined;
  /** undefined: the default entry. */
  readonly view: EntryView | undefined;
}

/**
 * Key and priority of an entry that is written.
 * @returns undefined for the default entry, which has neither
 * @throws P4RuntimeError INVALID_ARGUMENT, OUT_OF_RANGE
 */
export function entryKey(
  table: BoundTable,
  entry: TableEntry,
): { readonly key: MatchValue[]; readonly priority: number } | undefined {
  if (entry.isDefaultAction) {
    if (entry.match.length === 0 && entry.priority === 0) return undefined;
    throw invalid(`table ${table.name}: a default entry has neither match fields nor a priority`);
  }
  return plainKey(table, entry);
}

function plainKey(table: BoundTable, { match, priority }: TableEntry) {
  const key = keyFromMatch(table, match);
  if (table.needsPriority && priority <= 0) {
    throw invalid(
      `table ${table.name} has ternary, range or optional fields: its entries need a priority above 0, not ${priority}`,
    );
  }
  if (!table.needsPriority && priority !== 0) {
    throw invalid(
      `table ${table.name} has only exact and lpm fields: its entries have no priority, not ${priority}`,
    );
  }
  return { key, priority };
}

/** The entry of just this key. @throws P4RuntimeError NOT_FOUND, and as `entryKey` */
export function locate(table: BoundTable, entry: TableEntry): EntryView {
  const { key, priority } = plainKey(table, entry);
  const view = table.control.find(key, priority);
  if (!view) throw notFound(`table ${table.name} has no such entry`);
  return view;
}

/**
 * The entries that a pattern asks for; without one, all but the default entry. Any field that is set narrows
 * (specification, "Wildcard Reads" of table entries).
 * @throws P4RuntimeError
 */
export function* selected(table: BoundTable, pattern: TableEntry | null): Generator<Selected> {
  if (pattern?.isDefaultAction) {
    entryKey(table, pattern);
    const { counter, meter, colors } = table.control.defaultEntry ?? {};
    yield { key: { tableId: table.id, isDefaultAction: true }, counter, meter, colors, view: undefined };
    return;
  }
  const keep = pattern ? filter(table, pattern) : () => true;
  for (const view of candidates(table, pattern)) {
    if (!keep(view)) continue;
    const key: Init<TableEntry> = {
      tableId: table.id,
      match: matchFromKey(table, view.key),
      priority: table.needsPriority ? view.priority : 0,
    };
    yield { key, counter: view.counter, meter: view.meter, colors: view.colors, view };
  }
}

function candidates(table: BoundTable, pattern: TableEntry | null): Iterable<EntryView> {
  if (!pattern || pattern.match.length === 0) return table.control.entries();
  const key = keyFromMatch(table, pattern.match);
  if (pattern.priority > 0 || !table.needsPriority) {
    const view = table.control.find(key, table.needsPriority ? pattern.priority : 0);
    return view ? [view] : [];
  }
  // No priority means any: such a read looks at all entries.
  const wanted = keyText(table.fields, key);
  return filtered(table.control.entries(), (view) => keyText(table.fields, view.key) === wanted);
}

function* filtered<T>(items: Iterable<T>, keep: (item: T) => boolean): Generator<T> {
  for (const item of items) if (keep(item)) yield item;
}

function filter(table: BoundTable, pattern: TableEntry): (view: EntryView) => boolean {
  const action = actionFilter(table, pattern);
  const { priority, controllerMetadata, metadata } = pattern;
  return (view) => {
    if (priority !== 0 && view.priority !== priority) return false;
    if (!action(view)) return false;
    if (controllerMetadata === 0n && metadata.length === 0) return true;
    const note = table.notes.get(view.handle);
    if (controllerMetadata !== 0n && note?.controllerMetadata !== controllerMetadata) return false;
    return metadata.length === 0 || Buffer.compare(note?.metadata ?? new Uint8Array(), metadata) === 0;
  };
}

/** A pattern's action selects by what is set in it: an action id, a member or a group. */
function actionFilter(table: BoundTable, { action }: TableEntry): (view: EntryView) => boolean {
  switch (action?.type) {
    case undefined:
      return () => true;
    case 'action': {
      const id = action!.action!.actionId;
      const bound = table.actions.get(id);
      if (!bound) {
        throw invalid(`table ${table.name}: it has no action ${id}; it has: ${namesOf(table.actions)}`);
      }
      return (view) => 'action' in view.action && view.action.action === bound.name;
    }
    case 'actionProfileMemberId':
      return (view) => 'member' in view.action && view.action.member === action!.actionProfileMemberId;
    case 'actionProfileGroupId':
      return (view) => 'group' in view.action && view.action.group === action!.actionProfileGroupId;
    default:
      throw invalid(`table ${table.name}: entries cannot be selected by an action set`);
  }
}
