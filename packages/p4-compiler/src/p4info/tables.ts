import type { Init, p4 } from 'p4runtime-js';
import {
  actionOf,
  evaluate,
  evaluateInteger,
  findAnnotation,
  implicitNoAction,
  type TableInstance,
  tableActions,
  typeIn,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields, documentation } from './annotations.js';
import { type Context, namedType, Prefix, preamble, v1, wantedId } from './context.js';
import { keyName } from './key-names.js';
import { fieldIds } from './symbols.js';
import { argumentBytes, controlPlaneWidth } from './values.js';

type Table = Init<p4.config.v1.Table>;

const DEFAULT_SIZE = 1024n;

/** P4Info of a table, without the resources that the architecture attaches to it. */
export function describeTable(context: Context, table: TableInstance): Table {
  const { decl, name } = table;
  const fallback = defaultAction(context, table);
  return {
    preamble: preamble(context, Prefix.TABLE, name, decl.annotations),
    matchFields: matchFields(context, table),
    actionRefs: actionRefs(context, table),
    constDefaultActionId: decl.defaultAction?.isConst ? fallback.actionId : 0,
    initialDefaultAction: fallback,
    size: tableSize(context, table),
    isConstTable: decl.entries?.isConst ?? false,
    hasInitialEntries: (decl.entries?.list.length ?? 0) > 0,
    idleTimeoutBehavior: idleTimeout(context, table),
  };
}

export function tableSize(context: Context, table: TableInstance): bigint {
  const { size } = table.decl;
  if (!size) return DEFAULT_SIZE;
  const value = evaluateInteger(context.program.checked, size, table.block.scope);
  if (value === undefined || value < 0n) {
    context.diagnostics.error(
      'P4C404',
      `the size of table ${table.name} must be a non-negative constant`,
      size.span,
    );
  }
  return value === undefined || value <= 0n ? DEFAULT_SIZE : value;
}

const MATCH_TYPES: Readonly<Record<string, p4.config.v1.MatchFieldMatchType>> = {
  exact: v1.MatchFieldMatchType.EXACT,
  lpm: v1.MatchFieldMatchType.LPM,
  ternary: v1.MatchFieldMatchType.TERNARY,
  range: v1.MatchFieldMatchType.RANGE,
  optional: v1.MatchFieldMatchType.OPTIONAL,
};

/** The kind of match as P4Info says it: a member of its enum, or the name of an architecture's own kind. */
export function matchType(
  kind: string,
): { matchType: p4.config.v1.MatchFieldMatchType } | { otherMatchType: string } {
  const standard = MATCH_TYPES[kind];
  return standard === undefined ? { otherMatchType: kind } : { matchType: standard };
}

function matchFields(context: Context, table: TableInstance): Init<p4.config.v1.MatchField>[] {
  const keys = table.decl.key ?? [];
  const ids = fieldIds(
    keys,
    (key) => wantedId(key.annotations),
    (key, message) => context.diagnostics.error('P4C410', `${table.name}: ${message}`, key.span),
  );
  context.types.touch();
  return keys.flatMap((key) => {
    // Inputs of an action selector's hash are no business of the control plane.
    if (key.matchKind.text === 'selector') return [];
    const name = keyName(context.program.checked, key);
    if (name === undefined) {
      context.diagnostics.error(
        'P4C412',
        `this key of table ${table.name} is an expression that needs a name for the control plane: write @name("...") after its match kind`,
        key.expression.span,
      );
    }
    const type = typeIn(context.program.checked, key.expression, table.block.scope);
    return {
      id: ids.get(key)!,
      name: name ?? '',
      bitwidth: controlPlaneWidth(type),
      ...matchType(key.matchKind.text),
      typeName: namedType(context, type, key),
      doc: documentation(key.annotations),
      ...annotationFields(key.annotations),
    };
  });
}

function actionRefs(context: Context, table: TableInstance): Init<p4.config.v1.ActionRef>[] {
  return tableActions(context.program, table).map(({ action, annotations }) => {
    const tableOnly = findAnnotation(annotations, 'tableonly') !== undefined;
    const defaultOnly = findAnnotation(annotations, 'defaultonly') !== undefined;
    if (tableOnly && defaultOnly) {
      context.diagnostics.error(
        'P4C413',
        `action ${action.name} of table ${table.name} is both @tableonly and @defaultonly, so it could never be used`,
        annotations[0]?.span,
      );
    }
    const scope = tableOnly
      ? v1.ActionRefScope.TABLE_ONLY
      : defaultOnly
        ? v1.ActionRefScope.DEFAULT_ONLY
        : v1.ActionRefScope.TABLE_AND_DEFAULT;
    return { id: context.symbols.id(Prefix.ACTION, action.name), scope, ...annotationFields(annotations) };
  });
}

function defaultAction(
  context: Context,
  table: TableInstance,
): { actionId: number; arguments: Init<p4.config.v1.TableActionCallArgument>[] } {
  const { program, symbols } = context;
  const call = table.decl.defaultAction?.action;
  const action = call ? actionOf(program, table.block, call.path) : implicitNoAction(program);
  if (!action) return { actionId: 0, arguments: [] };
  const actionId = symbols.id(Prefix.ACTION, action.name);
  const args: Init<p4.config.v1.TableActionCallArgument>[] = [];
  const params = action.decl.params.filter((param) => param.direction === '');
  // Arguments for parameters with a direction are bound by the program, not by the control plane.
  const given = (call?.args ?? []).slice(-params.length || undefined);
  if (params.length === 0) return { actionId, arguments: [] };
  params.forEach((param, index) => {
    const value = argumentFor(given, param, index);
    if (!value) return;
    const type = program.checked.typeOfParameter(param);
    const bytes = argumentBytes(program.checked, value, type, table.block.scope);
    if (bytes) args.push({ paramId: wantedId(param.annotations) ?? index + 1, value: bytes });
    else {
      context.diagnostics.error(
        'P4C404',
        `the argument for \`${param.name.text}\` of the default action must be a non-negative constant`,
        value.span,
      );
    }
  });
  return { actionId, arguments: args };
}

function argumentFor(
  args: readonly ast.Argument[],
  param: ast.Parameter,
  index: number,
): ast.Expression | undefined {
  const named = args.find((arg) => arg.name?.text === param.name.text);
  return named ? named.value : args[index]?.value;
}

function idleTimeout(context: Context, table: TableInstance): p4.config.v1.TableIdleTimeoutBehavior {
  const property = findProperty(table, context.program.architecture.idleTimeoutProperty);
  const { NO_TIMEOUT, NOTIFY_CONTROL } = v1.TableIdleTimeoutBehavior;
  if (!property) return NO_TIMEOUT;
  const value = evaluate(context.program.checked, property.value, table.block.scope);
  const constant = value?.kind === 'constant' ? value.constant : undefined;
  if (constant?.kind === 'bool') return constant.value ? NOTIFY_CONTROL : NO_TIMEOUT;
  if (constant?.kind === 'name')
    return constant.value.endsWith('NOTIFY_CONTROL') ? NOTIFY_CONTROL : NO_TIMEOUT;
  context.diagnostics.error(
    'P4C404',
    `${property.name.text} of table ${table.name} must be a constant`,
    property.span,
  );
  return NO_TIMEOUT;
}

export function findProperty(table: TableInstance, name: string): ast.TableProperty | undefined {
  return table.decl.properties.find((property) => property.name.text === name);
}
