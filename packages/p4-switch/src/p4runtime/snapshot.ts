import { Entity, type Init, type TableEntry, Update, UpdateType } from 'p4runtime-js';
import type { Bindings, BoundTable } from './bindings.js';
import { counterData } from './counters.js';
import { colorData, hasMarked } from './meters.js';
import type { Pipeline } from './pipeline.js';
import { entryMessage } from './read-tables.js';
import { type Selected, selected } from './select.js';

const { INSERT, MODIFY } = UpdateType;
/** Asks for counters and meters too. */
export const WHOLE = tableEntry({ counterData: {}, meterConfig: {}, meterCounterData: {} });

/** All that controllers wrote into a pipeline and the data plane counted, as updates that bring a fresh one to it. */
export function* snapshot(pipeline: Pipeline): Generator<Update> {
  const all = (entity: Init<Entity>) => pipeline.read(Entity.from(entity));
  yield* updates(INSERT, all({ actionProfileMember: {} }));
  yield* updates(INSERT, all({ actionProfileGroup: {} }));
  for (const table of pipeline.bindings.tables.values()) yield* tableUpdates(table);
  for (const entity of all({ counterEntry: {} })) {
    const { packetCount, byteCount } = entity.counterEntry!.data!;
    if (packetCount !== 0n || byteCount !== 0n) yield update(MODIFY, entity);
  }
  yield* meterUpdates(pipeline.bindings);
  yield* updates(MODIFY, all({ registerEntry: {} }));
  yield* updates(MODIFY, all({ valueSetEntry: {} }));
  yield* updates(INSERT, all({ packetReplicationEngineEntry: {} }));
  yield* updates(INSERT, all({ digestEntry: {} }));
}

function* tableUpdates(table: BoundTable): Generator<Update> {
  for (const found of selected(table, null)) {
    if (found.view?.isConst) yield* directUpdates(found);
    else yield update(INSERT, { tableEntry: entryMessage(table, found, WHOLE) });
  }
  for (const found of selected(table, tableEntry({ tableId: table.id, isDefaultAction: true }))) {
    if (table.control.defaultEntry?.isInitial === false || table.notes.has('default')) {
      yield update(MODIFY, { tableEntry: entryMessage(table, found, WHOLE) });
    }
    yield* directUpdates(found);
  }
}

/** Counters and meter of an entry that the program declares. */
function* directUpdates({ key, counter, meter, colors }: Selected): Generator<Update> {
  if (counter && (counter.packets !== 0n || counter.bytes !== 0n)) {
    yield update(MODIFY, { directCounterEntry: { tableEntry: key, data: counterData(counter) } });
  }
  const counts = colors && hasMarked(colors) ? colorData(colors) : null;
  if (meter || counts) {
    yield update(MODIFY, { directMeterEntry: { tableEntry: key, config: meter, counterData: counts } });
  }
}

/** Of a big array of meters, those that have something to keep. */
function* meterUpdates({ meters }: Bindings): Generator<Update> {
  for (const { id, control } of meters.values()) {
    for (let index = 0; index < control.size; index++) {
      const config = control.read(index) ?? null;
      const colors = control.readColors(index);
      if (!config && !hasMarked(colors)) continue;
      yield update(MODIFY, {
        meterEntry: { meterId: id, index: { index }, config, counterData: colorData(colors) },
      });
    }
  }
}

function* updates(type: UpdateType, entities: Iterable<Init<Entity>>): Generator<Update> {
  for (const entity of entities) yield update(type, entity);
}

export const update = (type: UpdateType, entity: Init<Entity>): Update => Update.from({ type, entity });

function tableEntry(init: Init<TableEntry>): TableEntry {
  return Entity.from({ tableEntry: init }).tableEntry!;
}
