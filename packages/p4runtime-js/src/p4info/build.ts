// From the P4Info message to what the index holds. References between objects are followed here, once.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { p4 } from '../messages.js';
import type { MatchKind } from '../values/match.js';
import { Names } from './names.js';
import type {
  ActionInfo,
  ActionProfileInfo,
  CounterInfo,
  KeyInfo,
  MeterInfo,
  ObjectInfo,
  ParamInfo,
  TableActionInfo,
  TableInfo,
  Unit,
} from './objects.js';
import { type TypedField, valueTypeOf } from './value-types.js';

const { ActionRefScope, MatchFieldMatchType, TableIdleTimeoutBehavior } = p4.config.v1;
type Types = p4.config.v1.P4TypeInfo | null;

/** @throws P4RuntimeError INVALID_ARGUMENT for an object without id or name */
export function objectInfo(kind: string, preamble: p4.config.v1.Preamble | null): ObjectInfo {
  if (!preamble?.id || !preamble.name) {
    throw invalid(
      `the P4Info has a ${kind} without ${preamble?.name ? `an id: ${preamble.name}` : 'a name'}`,
    );
  }
  const { id, name, alias, annotations } = preamble;
  return { id, name, alias, annotations };
}

export function fieldsOf(
  owner: string,
  kind: string,
  fields: readonly (TypedField & { id: number })[],
  types: Types,
): Names<ParamInfo> {
  return new Names(
    kind,
    owner,
    fields.map((field) => ({ id: field.id, name: field.name, type: valueTypeOf(field, types) })),
  );
}

const KINDS: Readonly<Record<number, MatchKind>> = {
  [MatchFieldMatchType.EXACT]: 'exact',
  [MatchFieldMatchType.LPM]: 'lpm',
  [MatchFieldMatchType.TERNARY]: 'ternary',
  [MatchFieldMatchType.RANGE]: 'range',
  [MatchFieldMatchType.OPTIONAL]: 'optional',
};

export function keysOf(
  owner: string,
  fields: readonly p4.config.v1.MatchField[],
  types: Types,
): Names<KeyInfo> {
  const keys = fields.map((field) => ({
    id: field.id,
    name: field.name,
    kind: KINDS[field.matchType ?? 0] ?? ('other' as const),
    type: valueTypeOf(field, types),
  }));
  return new Names('key', owner, keys);
}

const UNITS: readonly Unit[] = ['unspecified', 'bytes', 'packets', 'both'];
export const unitOf = (spec: { unit: number } | null): Unit => UNITS[spec?.unit ?? 0] ?? 'unspecified';

/** What a table refers to. */
export interface Referred {
  readonly actions: Names<ActionInfo>;
  readonly profiles: Names<ActionProfileInfo>;
  readonly directCounters: Names<CounterInfo>;
  readonly directMeters: Names<MeterInfo>;
}

export function tableInfo(message: p4.config.v1.Table, types: Types, referred: Referred): TableInfo {
  const object = objectInfo('table', message.preamble);
  const owner = `table ${object.name}`;
  const keys = keysOf(owner, message.matchFields, types);
  const find = <T>(what: string, id: number, names: { find(id: number): T | undefined }): T => {
    const found = names.find(id);
    if (!found) throw invalid(`${owner} refers to ${what} ${id}, which the P4Info does not have`);
    return found;
  };
  const actions = message.actionRefs.map(({ id, scope, annotations }): TableActionInfo => {
    const action = find('action', id, referred.actions);
    return {
      id,
      name: action.name,
      alias: action.alias,
      annotations,
      action,
      inEntries: scope !== ActionRefScope.DEFAULT_ONLY,
      asDefault: scope !== ActionRefScope.TABLE_ONLY,
    };
  });
  const direct = <T>(names: { find(id: number): T | undefined }) =>
    message.directResourceIds.map((id) => names.find(id)).find((found) => found !== undefined) ?? null;
  return {
    ...object,
    keys,
    actions: new Names('action', owner, actions),
    size: message.size,
    needsPriority: keys.all.some(({ kind }) => kind === 'ternary' || kind === 'range' || kind === 'optional'),
    constDefaultAction: message.constDefaultActionId
      ? find('action', message.constDefaultActionId, referred.actions)
      : null,
    isConst: message.isConstTable,
    hasIdleTimeout: message.idleTimeoutBehavior === TableIdleTimeoutBehavior.NOTIFY_CONTROL,
    implementation: message.implementationId
      ? find('action profile', message.implementationId, referred.profiles)
      : null,
    directCounter: direct(referred.directCounters),
    directMeter: direct(referred.directMeters),
    message,
  };
}

function invalid(problem: string): P4RuntimeError {
  return new P4RuntimeError(problem, Code.INVALID_ARGUMENT);
}
