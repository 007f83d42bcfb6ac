import type { Entity, Init, TableAction, TableEntry } from 'p4runtime-js';
import type { EntryAction } from '../switch/control-plane.js';
import { actionMessage } from './actions.js';
import { type Bindings, type BoundTable, chosen, type EntryNote } from './bindings.js';
import { counterData } from './counters.js';
import { invalid } from './errors.js';
import { colorData } from './meters.js';
import { actionSetMessage } from './one-shots.js';
import { type Selected, selected } from './select.js';

const NS_PER_MS = 1_000_000n;

/**
 * The entries that a pattern asks for: table 0 is all tables, and then nothing but `is_default_action` narrows.
 * @throws P4RuntimeError
 */
export function* readTableEntries(bindings: Bindings, pattern: TableEntry): Generator<Init<Entity>> {
  checkPattern(pattern);
  for (const table of chosen(bindings.tables, pattern.tableId, 'table')) {
    // Of all tables, those tell idle times that have them.
    if (pattern.timeSinceLastHit && !table.hasIdleTimeout && pattern.tableId !== 0) {
      throw invalid(
        `table ${table.name}: its entries have no idle timeouts (the program does not declare them)`,
      );
    }
    for (const found of selected(table, pattern)) {
      yield { tableEntry: entryMessage(table, found, pattern) };
    }
  }
}

function checkPattern(pattern: TableEntry): void {
  const { match, action, priority, controllerMetadata, metadata } = pattern;
  if (pattern.tableId === 0) {
    if (match.length > 0 || action || priority !== 0 || controllerMetadata !== 0n || metadata.length > 0) {
      throw invalid(
        'a read of all tables (table_id 0) takes no match, action, priority or metadata; name a table',
      );
    }
  }
  if (pattern.isDefaultAction && (pattern.idleTimeoutNs !== 0n || pattern.timeSinceLastHit)) {
    throw invalid('a default entry has no idle timeout');
  }
}

type Asked = Pick<TableEntry, 'counterData' | 'meterConfig' | 'meterCounterData' | 'timeSinceLastHit'>;

/** Counters, meters and idle times are told where the pattern asks for them. */
export function entryMessage(table: BoundTable, found: Selected, asked: Asked): Init<TableEntry> {
  const { view } = found;
  const action = view ? view.action : table.control.defaultEntry?.action;
  const note = table.notes.get(view ? view.handle : 'default');
  const { tableId, match, priority, isDefaultAction } = found.key;
  // Field by field: spreading doubles the time of a big read.
  return {
    tableId,
    match,
    priority,
    isDefaultAction,
    action: action ? tableAction(table, action, note) : null,
    metadata: note?.metadata,
    controllerMetadata: note?.controllerMetadata,
    idleTimeoutNs: note?.idleTimeoutNs,
    timeSinceLastHit:
      view && table.hasIdleTimeout && asked.timeSinceLastHit
        ? { elapsedNs: BigInt(Math.round(view.idleFor)) * NS_PER_MS }
        : null,
    isConst: view?.isConst ?? false,
    counterData: asked.counterData && found.counter ? counterData(found.counter) : null,
    meterConfig: asked.meterConfig && found.meter ? found.meter : null,
    meterCounterData: asked.meterCounterData && found.colors ? colorData(found.colors) : null,
  };
}

/** What a controller wrote is read back to the byte. */
export const noted = (note: EntryNote | undefined): Init<TableEntry> =>
  note
    ? {
        metadata: note.metadata,
        controllerMetadata: note.controllerMetadata,
        idleTimeoutNs: note.idleTimeoutNs,
      }
    : {};

/** The data plane's action as a message. */
function tableAction(table: BoundTable, action: EntryAction, note: EntryNote | undefined): Init<TableAction> {
  if (note?.oneShot) return { actionProfileActionSet: actionSetMessage(table, note.oneShot) };
  if ('member' in action) return { actionProfileMemberId: action.member };
  if ('group' in action) return { actionProfileGroupId: action.group };
  const bound = table.actionsByName.get(action.action);
  if (!bound) throw invalid(`table ${table.name}: the P4Info does not know its action ${action.action}`);
  return { action: actionMessage(bound, action.data) };
}
