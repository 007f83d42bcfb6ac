import { PATHS_PROFILE } from '@bluebridge/templates';
import type {
  Action,
  ActionProfileGroup,
  ActionProfileMember,
  Entity,
  P4InfoIndex,
  TableEntry,
} from 'p4runtime-js';
import { actionProfileGroup, actionProfileMember, tableEntry } from 'p4runtime-js';
import type { MatchValue, PlannedEntry } from '../plan/entry.js';
import { GROUP, MEMBER } from '../plan/trunks.js';

/** A planned entry as a P4Runtime entity. @throws P4RuntimeError for names or values that the program does not have */
export function entityOf(index: P4InfoIndex, entry: PlannedEntry): Entity {
  const { table, match, action, params } = entry;
  if (table === PATHS_PROFILE) return profileEntity(index, entry);
  const keys = Object.fromEntries(
    Object.entries(match).map(([name, v]) => [
      name,
      typeof v === 'bigint' ? v : { value: v.value, prefixLength: v.prefix },
    ]),
  );
  if (action === '') return tableEntry(index, { table, match: keys, group: Number(params[GROUP]) });
  return tableEntry(index, { table, match: keys, action, params });
}

function profileEntity(index: P4InfoIndex, { match, action, params }: PlannedEntry): Entity {
  const profile = PATHS_PROFILE;
  if (match[MEMBER] !== undefined) {
    return actionProfileMember(index, { profile, id: Number(match[MEMBER]), action, params });
  }
  const members = Object.entries(params).map(([id, weight]) => ({ id: Number(id), weight: Number(weight) }));
  return actionProfileGroup(index, { profile, id: Number(match[GROUP]), members });
}

/** What must be there before what refers to it has the lower rank: members, groups, entries. */
export function rankOf({ table, match }: PlannedEntry): number {
  if (table !== PATHS_PROFILE) return 2;
  return match[MEMBER] !== undefined ? 0 : 1;
}

export function plannedMember(index: P4InfoIndex, { memberId, action }: ActionProfileMember): PlannedEntry {
  const info = action ? index.actions.get(action.actionId) : undefined;
  return {
    table: PATHS_PROFILE,
    match: { [MEMBER]: BigInt(memberId) },
    action: info?.alias ?? '',
    params: paramsOf(index, action),
  };
}

export const plannedGroup = ({ groupId, members }: ActionProfileGroup): PlannedEntry => ({
  table: PATHS_PROFILE,
  match: { [GROUP]: BigInt(groupId) },
  action: '',
  params: Object.fromEntries(members.map((m) => [String(m.memberId), BigInt(m.weight)])),
});

/** An entry that was read back, in the planner's terms: aliases of tables and actions, numbers as bigint. */
export function plannedOf(index: P4InfoIndex, entry: TableEntry): PlannedEntry {
  const table = index.tables.get(entry.tableId);
  const match: Record<string, MatchValue> = {};
  for (const key of table.keys.all) {
    const field = entry.match.find((f) => f.fieldId === key.id);
    if (field?.exact) match[key.name] = bigintOf(field.exact.value);
    else if (field?.lpm) match[key.name] = { value: bigintOf(field.lpm.value), prefix: field.lpm.prefixLen };
    // A key that is left out matches everything.
    else match[key.name] = { value: 0n, prefix: 0 };
  }
  const given = entry.action?.action;
  const action = given ? index.actions.get(given.actionId) : undefined;
  const group = entry.action?.actionProfileGroupId;
  const params = group ? { [GROUP]: BigInt(group) } : paramsOf(index, given);
  return { table: table.alias, match, action: action?.alias ?? '', params };
}

function paramsOf(index: P4InfoIndex, given: Action | null | undefined): Record<string, bigint> {
  const action = given ? index.actions.get(given.actionId) : undefined;
  const params: Record<string, bigint> = {};
  for (const { paramId, value } of given?.params ?? []) {
    params[action?.params.find(paramId)?.name ?? `#${paramId}`] = bigintOf(value);
  }
  return params;
}

function bigintOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
