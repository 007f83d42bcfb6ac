import { maskOf } from '../bits/bits.js';
import { listOptions, P4SwitchError } from '../errors.js';
import type { Action } from '../ir/program.js';
import type { ActionSpec } from '../switch/control-plane.js';
import { BoundAction } from './entry.js';

/** @throws P4SwitchError BAD_ACTION if the action is not allowed here or its data do not fit. */
export function bindAction(where: string, allowed: readonly Action[], spec: ActionSpec): BoundAction {
  const action = allowed.find((candidate) => candidate.name === spec.action);
  if (!action) {
    throw new P4SwitchError(
      'BAD_ACTION',
      `${where} has no action "${spec.action}"; it has: ${listOptions(allowed.map((a) => a.name))}`,
    );
  }
  if (spec.data.length !== action.params.length) {
    throw new P4SwitchError(
      'BAD_ACTION',
      `action "${action.name}" takes ${action.params.length} values (${action.params.map((p) => p.name).join(', ')}), found ${spec.data.length}`,
    );
  }
  for (const [index, param] of action.params.entries()) {
    const value = spec.data[index]!;
    if (value < 0n || value > maskOf(param.width)) {
      throw new P4SwitchError(
        'BAD_ACTION',
        `value ${value} of parameter "${param.name}" of action "${action.name}" does not fit its ${param.width} bits`,
      );
    }
  }
  return new BoundAction(action, [...spec.data]);
}

export function specOf(bound: BoundAction): ActionSpec {
  return { action: bound.action.name, data: bound.data };
}
