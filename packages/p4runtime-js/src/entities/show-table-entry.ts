import {
  type Action,
  type ActionProfileActionSet,
  ActionProfileActionSetActionSelectionMode,
  ActionProfileActionSetSizeSemantics,
  type FieldMatch,
  type TableEntry,
} from '../messages.js';
import type { Names } from '../p4info/names.js';
import type { KeyInfo } from '../p4info/objects.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import { formatMatch } from '../values/match.js';
import { bitType } from '../values/value.js';
import type { Init } from '../wire/message-type.js';
import { decodeParams } from './action.js';
import type { TableEntrySpec, WeightedAction } from './table-entry.js';

/**
 * A table entry in names and text: what `tableEntry` takes, so that a dump can be edited and written back.
 * What the P4Info does not know goes by its number, e.g. `#7`. Never throws: a dump shows what is there.
 */
export function decodeTableEntry(
  index: P4InfoIndex | undefined,
  entry: Init<TableEntry>,
): TableEntrySpec & { isConst?: boolean; sinceLastHitNs?: bigint } {
  const table = index?.tables.find(entry.tableId ?? 0);
  return {
    table: table?.name ?? `#${entry.tableId ?? 0}`,
    ...(entry.isDefaultAction ? { isDefault: true } : { match: decodeKeys(table?.keys, entry.match ?? []) }),
    ...decodeAction(index, entry),
    ...(entry.priority ? { priority: entry.priority } : {}),
    ...(entry.idleTimeoutNs ? { idleTimeoutNs: BigInt(entry.idleTimeoutNs) } : {}),
    ...(entry.metadata?.length ? { metadata: entry.metadata } : {}),
    ...(entry.counterData
      ? {
          counter: {
            packets: BigInt(entry.counterData.packetCount ?? 0),
            bytes: BigInt(entry.counterData.byteCount ?? 0),
          },
        }
      : {}),
    ...(entry.meterConfig
      ? {
          meter: {
            cir: BigInt(entry.meterConfig.cir ?? 0),
            cburst: BigInt(entry.meterConfig.cburst ?? 0),
            pir: BigInt(entry.meterConfig.pir ?? 0),
            pburst: BigInt(entry.meterConfig.pburst ?? 0),
            ...(entry.meterConfig.eburst ? { eburst: BigInt(entry.meterConfig.eburst) } : {}),
          },
        }
      : {}),
    ...(entry.timeSinceLastHit ? { sinceLastHitNs: BigInt(entry.timeSinceLastHit.elapsedNs ?? 0) } : {}),
    ...(entry.isConst ? { isConst: true } : {}),
  };
}

/** By key name, as text that `encodeMatch` reads back. */
export function decodeKeys(
  keys: Names<KeyInfo> | undefined,
  match: readonly Init<FieldMatch>[],
): Record<string, string> {
  const entries = match.map((field): [string, string] => {
    const key = keys?.find(field.fieldId ?? 0);
    return [key?.name ?? `#${field.fieldId ?? 0}`, formatMatch(field, key?.type ?? bitType(128, 'hex'))];
  });
  return Object.fromEntries(entries);
}

function decodeAction(index: P4InfoIndex | undefined, { action }: Init<TableEntry>): Partial<TableEntrySpec> {
  if (!action) return {};
  if (action.action) return named(index, action.action);
  if (action.actionProfileActionSet) {
    const actions = action.actionProfileActionSet.actionProfileActions ?? [];
    const actionSet = actions.map(
      ({ action, weight, watchPort }): WeightedAction => ({
        ...named(index, action ?? {}),
        weight: weight ?? 0,
        ...(watchPort ? { watchPort } : {}),
      }),
    );
    return { actionSet, ...selection(index, action.actionProfileActionSet) };
  }
  if (typeof action.actionProfileMemberId === 'number') return { member: action.actionProfileMemberId };
  if (typeof action.actionProfileGroupId === 'number') return { group: action.actionProfileGroupId };
  return {};
}

/** How an action set chooses, where that is not left to the selector. */
function selection(
  index: P4InfoIndex | undefined,
  { actionSelectionMode, sizeSemantics, groupAction }: Init<ActionProfileActionSet>,
): Partial<TableEntrySpec> {
  return {
    ...(actionSelectionMode
      ? { selectionMode: nameOf(ActionProfileActionSetActionSelectionMode, actionSelectionMode) }
      : {}),
    ...(sizeSemantics ? { sizeSemantics: nameOf(ActionProfileActionSetSizeSemantics, sizeSemantics) } : {}),
    ...(groupAction ? { groupAction: named(index, groupAction) } : {}),
  };
}

/** Of an enum's member; undefined for a number that the enum does not have. */
const nameOf = <T extends Record<string, number>>(members: T, value: number): keyof T | undefined =>
  Object.keys(members).find((name) => members[name] === value);

function named(
  index: P4InfoIndex | undefined,
  message: Init<Action>,
): { action: string; params: Record<string, string> } {
  const action = index?.actions.find(message.actionId ?? 0);
  return { action: action?.name ?? `#${message.actionId ?? 0}`, params: decodeParams(action, message) };
}

/** One line: `Ingress.route {dst: fdbb:102::/32} priority 5 -> Ingress.forward(port: 3)`. */
export function showTableEntry(index: P4InfoIndex | undefined, entry: Init<TableEntry>): string {
  const { table, match, priority, isDefault, action, params, member, group, actionSet } = decodeTableEntry(
    index,
    entry,
  );
  const call = (name: string, values: object | undefined) => `${name}(${pairs(values)})`;
  let does = '';
  if (action !== undefined) does = call(action, params);
  if (member !== undefined) does = `member ${member}`;
  if (group !== undefined) does = `group ${group}`;
  if (actionSet) does = actionSet.map((one) => `${call(one.action, one.params)} x${one.weight}`).join(' | ');
  return [
    table,
    isDefault ? 'default' : `{${pairs(match)}}`,
    priority === undefined ? '' : `priority ${priority}`,
    does && `-> ${does}`,
  ]
    .filter(Boolean)
    .join(' ');
}

export const pairs = (values: object | undefined): string =>
  Object.entries(values ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
