// The order in which updates that depend on one another are sent. The order inside one Write is the server's
// (specification, "Batching and Ordering of Updates"), so what depends on something goes into a later Write.
import { entityKey } from '../entities/entity-key.js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { type Init, type Update, UpdateType } from '../messages.js';
import { kindOf } from '../observe/watch.js';

/** What must be there first has the lower rank. Kinds that refer to nothing, and that nothing refers to, go with the first. */
const RANK = {
  none: 0,
  actionProfileMember: 0,
  packetReplicationEngineEntry: 0,
  valueSetEntry: 0,
  digestEntry: 0,
  registerEntry: 0,
  counterEntry: 0,
  meterEntry: 0,
  externEntry: 0,
  actionProfileGroup: 1,
  tableEntry: 2,
  // They belong to table entries, which must be there.
  directCounterEntry: 3,
  directMeterEntry: 3,
} as const;
const LAST = 3;

/** One Write or several, all of which must have ended before the next stage. */
export interface Stage {
  /** Position of each update in what the caller gave, in that order. */
  readonly positions: readonly number[];
}

export interface OrderedWriteOptions {
  /**
   * `last`, unless given: what replaces something is there before that goes. `first`: what is revoked is gone before
   * anything new is there, which fails for what is still referred to.
   */
  readonly deletes?: 'first' | 'last';
  readonly batchSize?: number;
  readonly deadlineMs?: number;
}

/**
 * Stages for updates of any kinds: inserts and modifies with what is referred to before what refers to it, deletes the
 * other way round. A modified entry thus lets go of its group before that is deleted.
 * @param show an update in words, for errors
 * @throws P4RuntimeError INVALID_ARGUMENT when an entity is both deleted and written: which of them came last would
 * depend on its kind
 */
export function stagesOf(
  updates: readonly Init<Update>[],
  deletes: 'first' | 'last' = 'last',
  show: (update: Init<Update>) => string = String,
): Stage[] {
  checkOnce(updates, show);
  const shift = deletes === 'first' ? 0 : LAST + 1;
  const stages = new Map<number, number[]>();
  updates.forEach((update, position) => {
    const rank = RANK[kindOf(update)];
    const stage = update.type === UpdateType.DELETE ? shift + LAST - rank : LAST + 1 - shift + rank;
    const positions = stages.get(stage);
    if (positions) positions.push(position);
    else stages.set(stage, [position]);
  });
  return [...stages].sort(([a], [b]) => a - b).map(([, positions]) => ({ positions }));
}

function checkOnce(updates: readonly Init<Update>[], show: (update: Init<Update>) => string): void {
  const deleted = new Set<string>();
  for (const { type, entity } of updates)
    if (type === UpdateType.DELETE && entity) deleted.add(entityKey(entity));
  if (deleted.size === 0) return;
  const twice = updates.find(
    ({ type, entity }) => type !== UpdateType.DELETE && entity && deleted.has(entityKey(entity)),
  );
  if (!twice) return;
  throw new P4RuntimeError(
    `an entity is both deleted and written: ${show(twice)}; use MODIFY alone, or two calls`,
    Code.INVALID_ARGUMENT,
  );
}
