import { invalid, within } from '../errors/within.js';
import {
  ActionProfileActionSetActionSelectionMode,
  ActionProfileActionSetSizeSemantics,
  Entity,
  type TableEntry,
} from '../messages.js';
import type { Names } from '../p4info/names.js';
import type { KeyInfo, TableActionInfo, TableInfo } from '../p4info/objects.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import { encodeMatch, type MatchInput } from '../values/match.js';
import type { ValueInput } from '../values/value.js';
import type { Init } from '../wire/message-type.js';
import { type ActionParams, encodeAction } from './action.js';
import { encodePort } from './port.js';

/** One action of a one-shot action set. */
export interface WeightedAction {
  readonly action: string;
  readonly params?: ActionParams;
  /** At least 1. */
  readonly weight?: number;
  /** Only while this port is up: its number, or its bytes where ports are translated. */
  readonly watchPort?: ValueInput;
}

/** Counts as they are read and written: a direct counter's, or one cell's. */
export interface CounterValue {
  readonly packets?: bigint | number;
  readonly bytes?: bigint | number;
}

/** Rates per second and bursts, in the meter's unit. */
export interface MeterValue {
  readonly cir: bigint | number;
  readonly cburst: bigint | number;
  readonly pir: bigint | number;
  readonly pburst: bigint | number;
  /** Of a single rate three color meter. */
  readonly eburst?: bigint | number;
}

/** A table entry by the names of the P4Info. */
export interface TableEntrySpec {
  /** Name, alias or id. */
  readonly table: string | number;
  /** By key name; a key that is left out matches everything, which an exact key cannot. */
  readonly match?: Readonly<Record<string, MatchInput>>;
  /** Name or alias; not needed to delete. */
  readonly action?: string;
  readonly params?: ActionParams;
  /** Instead of `action`, for a table with an action profile. */
  readonly member?: number;
  readonly group?: number;
  readonly actionSet?: readonly WeightedAction[];
  /** Of an `actionSet`: how one of its actions is chosen, and what its size means; the selector's own unless given. */
  readonly selectionMode?: keyof typeof ActionProfileActionSetActionSelectionMode;
  readonly sizeSemantics?: keyof typeof ActionProfileActionSetSizeSemantics;
  /** Carried out beside whichever action of an `actionSet` is chosen. */
  readonly groupAction?: { readonly action: string; readonly params?: ActionParams };
  /** Above zero exactly for a table with ternary, range or optional keys; the highest wins. */
  readonly priority?: number;
  /** The default entry: no match, no priority, and only ever modified. */
  readonly isDefault?: boolean;
  /** Nanoseconds, for a table with idle timeouts; 0 is never. */
  readonly idleTimeoutNs?: bigint | number;
  /** The controller's own; up to the server how long. */
  readonly metadata?: Uint8Array;
  /** Of the direct counter; a modify without it leaves the counter alone. */
  readonly counter?: CounterValue;
  /** Of the direct meter; a modify without it resets the meter. */
  readonly meter?: MeterValue;
}

/**
 * A table entry to insert, modify or delete.
 * @throws P4RuntimeError NOT_FOUND for a name that the program does not have, with those that it has;
 * INVALID_ARGUMENT or OUT_OF_RANGE for a value, a priority or an action that the table cannot have
 */
export function tableEntry(index: P4InfoIndex, spec: TableEntrySpec): Entity {
  const table = index.tables.get(spec.table);
  return within(`table ${table.name}`, () => {
    checkPriority(table, spec);
    if (spec.isDefault && Object.keys(spec.match ?? {}).length > 0)
      throw invalid('the default entry has no match');
    return Entity.from({
      tableEntry: {
        tableId: table.id,
        match: spec.isDefault ? [] : encodeKeys(table.keys, spec.match ?? {}, 'entry'),
        action: tableAction(table, spec),
        priority: spec.priority ?? 0,
        isDefaultAction: spec.isDefault ?? false,
        idleTimeoutNs: spec.idleTimeoutNs ?? 0n,
        metadata: spec.metadata,
        ...direct(spec),
      },
    });
  });
}

/** What to read: everything that is left out matches everything. */
export interface TablePattern {
  /** Without it, the entries of every table. */
  readonly table?: string | number;
  readonly match?: Readonly<Record<string, MatchInput>>;
  /** Only entries with this action. */
  readonly action?: string;
  readonly priority?: number;
  /** Only the default entry; without it, only the others. */
  readonly isDefault?: boolean;
  /** Whether to read the direct counter and meter with each entry. */
  readonly counters?: boolean;
  readonly meters?: boolean;
  /** What the direct meter counted by color, of targets that can. */
  readonly meterCounters?: boolean;
  readonly timeSinceLastHit?: boolean;
}

/** A pattern for `read`. @throws as `tableEntry` */
export function tablePattern(index: P4InfoIndex, pattern: TablePattern = {}): Entity {
  const wanted: Init<TableEntry> = {
    priority: pattern.priority ?? 0,
    isDefaultAction: pattern.isDefault ?? false,
    counterData: pattern.counters ? {} : null,
    meterConfig: pattern.meters ? {} : null,
    meterCounterData: pattern.meterCounters ? {} : null,
    timeSinceLastHit: pattern.timeSinceLastHit ? {} : null,
  };
  if (pattern.table === undefined) {
    if (pattern.match || pattern.action) throw invalid('a pattern with a match or an action needs a table');
    return Entity.from({ tableEntry: wanted });
  }
  const table = index.tables.get(pattern.table);
  return within(`table ${table.name}`, () => {
    const action = pattern.action === undefined ? undefined : table.actions.get(pattern.action);
    return Entity.from({
      tableEntry: {
        ...wanted,
        tableId: table.id,
        match: encodeKeys(table.keys, pattern.match ?? {}, 'pattern'),
        action: action && { action: { actionId: action.id } },
      },
    });
  });
}

/** In the order of the keys. An entry needs its exact keys; a pattern does not. */
export function encodeKeys(
  keys: Names<KeyInfo>,
  match: Readonly<Record<string, MatchInput>>,
  purpose: 'entry' | 'pattern',
) {
  for (const name of Object.keys(match)) keys.get(name);
  return keys.all.flatMap((key) => {
    const input = Object.hasOwn(match, key.name) ? match[key.name] : undefined;
    if (input === undefined && (key.kind !== 'exact' || purpose === 'pattern')) return [];
    const encoded = within(`key ${key.name}`, () => encodeMatch(input ?? null, key));
    return encoded ? [encoded] : [];
  });
}

/** Specification, "Match Format": priority is above zero exactly if the table has ternary, range or optional keys. */
function checkPriority(table: TableInfo, { priority = 0, isDefault }: TableEntrySpec): void {
  if (isDefault) {
    if (priority !== 0) throw invalid(`the default entry has no priority, found ${priority}`);
  } else if (table.needsPriority) {
    if (priority > 0) return;
    const why = table.keys.all.filter(
      ({ kind }) => kind === 'ternary' || kind === 'range' || kind === 'optional',
    );
    throw invalid(
      `an entry needs a priority above 0, as ${why.map(({ name, kind }) => `${name} is ${kind}`).join(', ')}; found ${priority}`,
    );
  } else if (priority !== 0) {
    throw invalid(`an entry has no priority, as every key is exact or lpm; found ${priority}`);
  }
}

function tableAction(table: TableInfo, spec: TableEntrySpec): Init<TableEntry>['action'] {
  const given = (['action', 'member', 'group', 'actionSet'] as const).filter(
    (key) => spec[key] !== undefined,
  );
  if (given.length > 1) throw invalid(`${given.join(' and ')} are given, but an entry has one of them`);
  if (given[0] !== 'action' && spec.params) throw invalid('params are given without an action');
  if (given.length === 0) return null;
  if (spec.action !== undefined) {
    if (table.implementation && !spec.isDefault) {
      throw invalid(
        `its actions are in action profile ${table.implementation.name}: give member, group or actionSet`,
      );
    }
    return { action: encodeAction(usable(table, spec.action, spec.isDefault ?? false).action, spec.params) };
  }
  if (!table.implementation)
    throw invalid(`it has no action profile, so give action and params, not ${given[0]}`);
  if (spec.member !== undefined) return { actionProfileMemberId: spec.member };
  if (!table.implementation.withSelector) {
    throw invalid(
      `action profile ${table.implementation.name} has no selector, so give member, not ${given[0]}`,
    );
  }
  if (spec.group !== undefined) return { actionProfileGroupId: spec.group };
  const { groupAction } = spec;
  return {
    actionProfileActionSet: {
      actionSelectionMode: ActionProfileActionSetActionSelectionMode[spec.selectionMode ?? DEFAULT_MODE],
      sizeSemantics: ActionProfileActionSetSizeSemantics[spec.sizeSemantics ?? DEFAULT_SIZE],
      groupAction:
        groupAction && encodeAction(usable(table, groupAction.action, false).action, groupAction.params),
      actionProfileActions: spec.actionSet!.map(({ action, params, weight = 1, watchPort }) => ({
        action: encodeAction(usable(table, action, false).action, params),
        weight,
        watchPort: watchPort === undefined ? undefined : encodePort(watchPort),
      })),
    },
  };
}

const DEFAULT_MODE = 'DEFAULT_MODE_DETERMINED_BY_ACTION_SELECTOR';
const DEFAULT_SIZE = 'DEFAULT_SIZE_DETERMINED_BY_ACTION_SELECTOR';

function usable(table: TableInfo, name: string, isDefault: boolean): TableActionInfo {
  const action = table.actions.get(name);
  if (isDefault && !action.asDefault)
    throw invalid(`action ${action.name} is @tableonly, so it cannot be the default`);
  if (!isDefault && !action.inEntries)
    throw invalid(`action ${action.name} is @defaultonly, so no entry can have it`);
  if (isDefault && table.constDefaultAction && table.constDefaultAction.id !== action.id) {
    throw invalid(`its default action is constant: ${table.constDefaultAction.name}`);
  }
  return action;
}

function direct({ counter, meter }: TableEntrySpec): Init<TableEntry> {
  return {
    counterData: counter && { packetCount: counter.packets ?? 0n, byteCount: counter.bytes ?? 0n },
    meterConfig: meter,
  };
}
