import type { Init, p4 } from 'p4runtime-js';
import type { ActionSpec, EntryAction } from '../switch/control-plane.js';
import type { BoundAction, BoundTable } from './bindings.js';
import { fromBytes, toBytes } from './bytes.js';
import { invalid, unimplemented } from './errors.js';

type Action = p4.v1.Action;
type TableAction = p4.v1.TableAction;

/**
 * What a request's entry does, for the data plane.
 * @throws P4RuntimeError naming table and action, and the actions that there are
 */
export function entryAction(table: BoundTable, action: TableAction | null, isDefault: boolean): EntryAction {
  const where = `table ${table.name}`;
  switch (action?.type) {
    case 'action':
      return actionSpec(action.action!, isDefault ? table.defaultActions : table.entryActions, where);
    case 'actionProfileMemberId':
      return { member: needProfile(table, action.actionProfileMemberId!) };
    case 'actionProfileGroupId':
      return { group: needProfile(table, action.actionProfileGroupId!) };
    case 'actionProfileActionSet':
      throw unimplemented(`${where}: one-shot action sets are not supported; use members and groups`);
    default:
      throw invalid(`${where}: the entry has no action`);
  }
}

function needProfile(table: BoundTable, id: number): number {
  if (table.profileId === 0) {
    throw invalid(`table ${table.name} has no action profile: its entries name their actions directly`);
  }
  return id;
}

/** @throws P4RuntimeError for an action that is not among `allowed`, or parameters that do not fit it */
export function actionSpec(
  action: Action,
  allowed: ReadonlyMap<number, BoundAction>,
  where: string,
): ActionSpec {
  const bound = allowed.get(action.actionId);
  if (!bound) {
    const known = [...allowed.values()].map((a) => `${a.name} (${a.id})`).join(', ');
    throw invalid(`${where}: the action ${action.actionId} cannot stand here; there are: ${known || 'none'}`);
  }
  const given = new Map(action.params.map((p) => [p.paramId, p.value]));
  const data = bound.params.map(({ id, name, width }) => {
    const value = given.get(id);
    if (!value) throw invalid(`${where}, action ${bound.name}: the parameter ${name} (${id}) is missing`);
    return fromBytes(value, width, `${where}, action ${bound.name}, parameter ${name}`);
  });
  if (action.params.length !== bound.params.length) {
    const known = bound.params.map((p) => `${p.name} (${p.id})`).join(', ');
    throw invalid(`${where}: action ${bound.name} has these parameters, once each: ${known || 'none'}`);
  }
  return { action: bound.name, data };
}

/** The data plane's action as a message. */
export function tableAction(table: BoundTable, action: EntryAction): Init<TableAction> {
  if ('member' in action) return { actionProfileMemberId: action.member };
  if ('group' in action) return { actionProfileGroupId: action.group };
  const bound = table.actionsByName.get(action.action);
  if (!bound) throw invalid(`table ${table.name}: the P4Info does not know its action ${action.action}`);
  return { action: actionMessage(bound, action.data) };
}

export function actionMessage(bound: BoundAction, data: readonly bigint[]): Init<Action> {
  return {
    actionId: bound.id,
    params: bound.params.map(({ id }, i) => ({ paramId: id, value: toBytes(data[i] ?? 0n) })),
  };
}
