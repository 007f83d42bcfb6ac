import type { Init, p4 } from 'p4runtime-js';
import type { ActionSpec } from '../switch/control-plane.js';
import { type BoundAction, type BoundTable, listed, namesOf } from './bindings.js';
import { fromBytes, toBytes } from './bytes.js';
import { denied, invalid } from './errors.js';

type Action = p4.v1.Action;

/** Where actions are looked up: a table, or an action profile, in which all have the scope of entries. */
type Owner = Pick<BoundTable, 'actions' | 'entryActions' | 'defaultActions'>;

/**
 * An action with its parameters, for the data plane.
 * @param where begins the message
 * @throws P4RuntimeError INVALID_ARGUMENT for an action that is not among the owner's, or parameters that do not fit it;
 * PERMISSION_DENIED for one whose scope forbids it here (specification, "Action Specification")
 */
export function actionSpec(
  owner: Owner,
  action: Action,
  place: 'entry' | 'default entry',
  where: string,
): ActionSpec {
  const allowed = place === 'entry' ? owner.entryActions : owner.defaultActions;
  const bound = allowed.get(action.actionId);
  if (!bound) {
    const elsewhere = owner.actions.get(action.actionId);
    if (elsewhere) {
      throw denied(
        `${where}: the action ${elsewhere.name} (${elsewhere.id}) is not for a table's ${place}; there are: ${namesOf(allowed)}`,
      );
    }
    throw invalid(`${where}: it has no action ${action.actionId}; it has: ${namesOf(allowed)}`);
  }
  const given = new Map(action.params.map((p) => [p.paramId, p.value]));
  const data = bound.params.map(({ id, name, width }) => {
    const value = given.get(id);
    // An unset value and an empty one are the same on the wire.
    if (!value?.length)
      throw invalid(`${where}, action ${bound.name}: the parameter ${name} (${id}) is missing`);
    return fromBytes(value, width, `${where}, action ${bound.name}, parameter ${name}`);
  });
  if (action.params.length !== bound.params.length) {
    throw invalid(
      `${where}, action ${bound.name}: it has these parameters, once each: ${listed(bound.params)}`,
    );
  }
  return { action: bound.name, data };
}

export function actionMessage(bound: BoundAction, data: readonly bigint[]): Init<Action> {
  return {
    actionId: bound.id,
    params: bound.params.map(({ id }, i) => ({ paramId: id, value: toBytes(data[i] ?? 0n) })),
  };
}
