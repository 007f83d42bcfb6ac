import { invalid, within } from '../errors/within.js';
import { Action } from '../messages.js';
import type { ActionInfo } from '../p4info/objects.js';
import { encodeValue, formatValue, type ValueInput } from '../values/value.js';
import type { Init } from '../wire/message-type.js';

/** Values of an action's parameters by name. Every one of them is needed. */
export type ActionParams = Readonly<Record<string, ValueInput>>;

/**
 * @throws P4RuntimeError INVALID_ARGUMENT for a parameter that is missing, unknown or of a wrong value, OUT_OF_RANGE
 * for one that does not fit
 */
export function encodeAction(action: ActionInfo, params: ActionParams = {}): Action {
  const where = `action ${action.name}`;
  for (const name of Object.keys(params)) within(where, () => action.params.get(name));
  return Action.from({
    actionId: action.id,
    params: action.params.all.map(({ id, name, type }) => {
      const input = Object.hasOwn(params, name) ? params[name] : undefined;
      if (input === undefined) {
        const all = action.params.all.map((param) => param.name).join(', ');
        throw invalid(`${where}: parameter ${name} is missing; it takes ${all}`);
      }
      return { paramId: id, value: within(`${where}, parameter ${name}`, () => encodeValue(input, type)) };
    }),
  });
}

/** Parameters as text that `encodeAction` reads back; one that the action does not have goes by its number. */
export function decodeParams(action: ActionInfo | undefined, message: Init<Action>): Record<string, string> {
  const entries = (message.params ?? []).map(({ paramId, value }): [string, string] => {
    const param = action?.params.find(paramId ?? 0);
    const bytes = value ?? new Uint8Array(0);
    return param
      ? [param.name, formatValue(bytes, param.type)]
      : [`#${paramId ?? 0}`, `0x${Buffer.from(bytes).toString('hex')}`];
  });
  return Object.fromEntries(entries);
}
