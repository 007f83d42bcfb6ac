import {
  Code,
  Entity,
  type Init,
  P4RuntimeError,
  type TableEntry,
  type Update,
  UpdateType,
} from 'p4runtime-js';
import type { Pipeline } from './pipeline.js';
import { entryMessage } from './read-tables.js';
import { entryKey, type Selected } from './select.js';
import { update, WHOLE } from './snapshot.js';

const { INSERT, MODIFY, DELETE } = UpdateType;

/**
 * The updates that take one back, to be worked out before it is carried out. An update that is going to be refused has
 * none that matter.
 */
export function inverseOf(pipeline: Pipeline, { type, entity }: Update): Update[] {
  if (!entity) return [];
  if (type === INSERT) return [update(DELETE, entity)];
  const back = type === DELETE ? INSERT : MODIFY;
  try {
    const before = entity.tableEntry
      ? entryBefore(pipeline, entity.tableEntry)
      : [...pipeline.read(named(entity))];
    return before.map((found) => update(back, found));
  } catch (error) {
    // Nothing of the kind is there: the update itself fails for the same reason.
    if (error instanceof P4RuntimeError && error.code !== Code.INTERNAL) return [];
    throw error;
  }
}

/** What names an entity is what a read takes. */
function named(entity: Entity): Entity {
  const { directCounterEntry, directMeterEntry } = entity;
  if (directCounterEntry)
    return Entity.from({ directCounterEntry: { tableEntry: directCounterEntry.tableEntry } });
  if (directMeterEntry) {
    return Entity.from({ directMeterEntry: { tableEntry: directMeterEntry.tableEntry, counterData: {} } });
  }
  if (entity.meterEntry) return Entity.from({ meterEntry: { ...entity.meterEntry, counterData: {} } });
  return entity;
}

/** A read cannot name an entry that is all don't cares, so that the table is asked itself. */
function entryBefore(pipeline: Pipeline, entry: TableEntry): Init<Entity>[] {
  const table = pipeline.bindings.tables.get(entry.tableId);
  if (!table) return [];
  const { control } = table;
  const named = entryKey(table, entry);
  const view = named && control.find(named.key, named.priority);
  if (named && !view) return [];
  const { match, priority, isDefaultAction, tableId } = entry;
  const found: Selected = {
    key: { tableId, match, priority, isDefaultAction },
    counter: view ? view.counter : control.defaultEntry?.counter,
    meter: view ? view.meter : control.defaultEntry?.meter,
    colors: view ? view.colors : control.defaultEntry?.colors,
    view,
  };
  const { isConst, action, ...rest } = entryMessage(table, found, WHOLE);
  const keepsAction = isConst || (!view && control.defaultEntry?.isInitial);
  return [{ tableEntry: { ...rest, action: keepsAction ? null : action } }];
}
