import type { Entity, P4InfoIndex, TableEntry } from 'p4runtime-js';
import { tableEntry } from 'p4runtime-js';
import type { MatchValue, PlannedEntry } from '../plan/entry.js';

/** A planned entry as a P4Runtime entity. @throws P4RuntimeError for names or values that the program does not have */
export function entityOf(index: P4InfoIndex, { table, match, action, params }: PlannedEntry): Entity {
  const keys = Object.fromEntries(
    Object.entries(match).map(([name, v]) => [
      name,
      typeof v === 'bigint' ? v : { value: v.value, prefixLength: v.prefix },
    ]),
  );
  return tableEntry(index, { table, match: keys, action, params });
}

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
  const params: Record<string, bigint> = {};
  for (const { paramId, value } of given?.params ?? []) {
    params[action?.params.find(paramId)?.name ?? `#${paramId}`] = bigintOf(value);
  }
  return { table: table.alias, match, action: action?.alias ?? '', params };
}

function bigintOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
