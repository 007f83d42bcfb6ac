import { evaluateBoolean } from '../elaborate/index.js';
import {
  bitsOf,
  type CodeNode,
  type GraphNode,
  prefixLength,
  type Successors,
  type TableNode,
} from '../lower/index.js';
import type { CoreAction, CoreEntry, CoreKey, CoreTable, Keyset } from '../normalise/index.js';
import { findProperty, propertyExtern } from '../p4info/index.js';
import type { JsonKey, JsonMatch, JsonMatchType, JsonTable, JsonTableEntry } from './bmv2-pipeline.js';
import type { EmitContext } from './context.js';
import { bytesFor, ExpressionWriter, hex } from './expressions.js';
import type { BlockKind } from './externs.js';
import { emitAction } from './primitives.js';

const DEFAULT_SIZE = 1024;

export function nodeName(node: GraphNode | null): string | null {
  return node?.name ?? null;
}

/** Statements between tables: a table without keys whose one action, its constant default, always runs. */
export function codeTable(context: EmitContext, node: CodeNode, block: BlockKind): JsonTable {
  const id = emitAction(context, node.action, block);
  const next = nodeName(node.next);
  return {
    name: node.name,
    id: context.id('tables'),
    source_info: context.source(node.action.span),
    key: [],
    match_type: 'exact',
    type: 'simple',
    max_size: DEFAULT_SIZE,
    with_counters: false,
    support_timeout: false,
    direct_meters: null,
    action_ids: [id],
    actions: [node.action.name],
    base_default_next: next,
    next_tables: { [node.action.name]: next },
    default_entry: { action_id: id, action_const: true, action_data: [], action_entry_const: true },
  };
}

export function tableJson(context: EmitContext, node: TableNode, block: BlockKind): JsonTable {
  const { table } = node;
  const { architecture } = context.program;
  const counter = propertyExtern(context, table.instance, architecture.counter.directProperty);
  const meter = propertyExtern(context, table.instance, architecture.meter.directProperty);
  const profile = propertyExtern(context, table.instance, architecture.actionProfile.property);
  for (const direct of [counter, meter]) if (direct) attach(context, direct, table);
  const keys = table.keys.filter((key) => key.matchKind !== 'selector');
  const ids = table.actions.map(({ action }) => emitAction(context, action, block));
  const selector = profile?.decl.name.text === architecture.actionProfile.selector;
  return {
    name: table.name,
    id: context.id('tables'),
    source_info: context.source(table.span),
    key: keys.map((key) => keyJson(context, key)),
    match_type: tableMatchType(context, table, keys),
    type: profile ? (selector ? 'indirect_ws' : 'indirect') : 'simple',
    ...(profile ? { action_profile: profile.name } : {}),
    max_size: maxSize(context, table),
    with_counters: counter !== undefined,
    support_timeout: supportsTimeout(context, table),
    direct_meters: meter?.name ?? null,
    action_ids: ids,
    actions: table.actions.map(({ action }) => action.name),
    ...successors(node.next, table),
    ...(profile ? {} : defaultEntry(context, table, block)),
    ...(table.entries.length > 0 ? { entries: entriesJson(context, table, keys, block) } : {}),
  };
}

function attach(
  context: EmitContext,
  direct: NonNullable<ReturnType<typeof propertyExtern>>,
  table: CoreTable,
): void {
  const other = context.directTables.get(direct);
  if (other && other !== table) {
    context.limit(
      `${direct.name} is attached to both ${other.name} and ${table.name}; it can serve one table only`,
      table.span,
    );
  }
  context.directTables.set(direct, table);
}

const KINDS: Readonly<Record<string, JsonMatchType>> = {
  exact: 'exact',
  lpm: 'lpm',
  ternary: 'ternary',
  optional: 'ternary',
  range: 'range',
};

function keyKind(context: EmitContext, key: CoreKey): JsonMatchType {
  const kind = KINDS[key.matchKind];
  if (kind) return kind;
  context.limit(
    `this target cannot match by \`${key.matchKind}\`; it knows ${Object.keys(KINDS).join(', ')} and selector`,
    key.span,
  );
  return 'exact';
}

function tableMatchType(context: EmitContext, table: CoreTable, keys: readonly CoreKey[]): JsonMatchType {
  const kinds = keys.map((key) => keyKind(context, key));
  if (kinds.filter((kind) => kind === 'lpm').length > 1) {
    context.limit(
      `table ${table.name} has more than one lpm key, which this target cannot look up`,
      table.span,
    );
  }
  return (['range', 'ternary', 'lpm'] as const).find((kind) => kinds.includes(kind)) ?? 'exact';
}

function keyJson(context: EmitContext, key: CoreKey): JsonKey {
  const target = new ExpressionWriter(context).field(key.expression);
  if (!target) context.limit('this key is not a field that the target can match on', key.span);
  return {
    match_type: keyKind(context, key),
    name: key.name,
    target: target ?? ['', ''],
    mask: null,
  };
}

function maxSize(context: EmitContext, table: CoreTable): number {
  if (table.entries.length > 0 && table.instance.decl.entries?.isConst) return table.entries.length;
  return tableSize(context, table);
}

function tableSize(context: EmitContext, table: CoreTable): number {
  const { size } = table.instance.decl;
  const given = size && context.program.checked.constantOf(size);
  const value = given?.kind === 'int' ? Number(given.value) : 0;
  return Math.max(value > 0 ? value : DEFAULT_SIZE, table.entries.length);
}

function supportsTimeout(context: EmitContext, table: CoreTable): boolean {
  const property = findProperty(table.instance, context.program.architecture.idleTimeoutProperty);
  const { scope } = table.instance.block;
  return property ? (evaluateBoolean(context.program.checked, property.value, scope) ?? false) : false;
}

function successors(
  next: Successors,
  table: CoreTable,
): Pick<JsonTable, 'base_default_next' | 'next_tables'> {
  if (next.kind === 'hit') {
    return {
      base_default_next: null,
      next_tables: { __HIT__: nodeName(next.hit), __MISS__: nodeName(next.miss) },
    };
  }
  const target = (action: CoreAction): GraphNode | null => {
    if (next.kind === 'any') return next.next;
    const labelled = next.cases.get(action);
    return labelled === undefined ? next.otherwise : labelled;
  };
  return {
    base_default_next: nodeName(next.kind === 'any' ? next.next : next.none),
    next_tables: Object.fromEntries(
      table.actions.map(({ action }) => [action.name, nodeName(target(action))]),
    ),
  };
}

function defaultEntry(
  context: EmitContext,
  table: CoreTable,
  block: BlockKind,
): Pick<JsonTable, 'default_entry'> {
  const { defaultAction } = table;
  if (!defaultAction) return {};
  const { call, isConst } = defaultAction;
  return {
    default_entry: {
      action_id: emitAction(context, call.action, block),
      action_const: isConst,
      action_data: call.args.map((value) => hex(value)),
      action_entry_const: isConst,
    },
  };
}

function entriesJson(
  context: EmitContext,
  table: CoreTable,
  keys: readonly CoreKey[],
  block: BlockKind,
): JsonTableEntry[] {
  return table.entries.map((entry) => ({
    source_info: context.source(entry.span),
    match_key: keys.map((key) => matchJson(context, key, entry.keysets[table.keys.indexOf(key)]!, entry)),
    action_entry: {
      action_id: emitAction(context, entry.call.action, block),
      action_data: entry.call.args.map((value) => hex(value)),
    },
    priority: entry.rank,
  }));
}

function matchJson(context: EmitContext, key: CoreKey, set: Keyset, entry: CoreEntry): JsonMatch {
  const width = bitsOf(key.expression.type);
  const bytes = bytesFor(width);
  const ones = (1n << BigInt(width)) - 1n;
  const bad = (): JsonMatch => {
    context.limit(
      `this set of values cannot be the match of key ${key.name}, which is ${key.matchKind}`,
      entry.span,
    );
    return { match_type: 'exact', key: hex(0n, bytes) };
  };
  switch (keyKind(context, key)) {
    case 'exact':
      return set.kind === 'value' ? { match_type: 'exact', key: hex(set.value, bytes) } : bad();
    case 'lpm': {
      if (set.kind === 'any') return { match_type: 'lpm', key: hex(0n, bytes), prefix_length: 0 };
      if (set.kind === 'value')
        return { match_type: 'lpm', key: hex(set.value, bytes), prefix_length: width };
      const length = set.kind === 'mask' ? prefixLength(set.mask, width) : undefined;
      if (set.kind !== 'mask' || length === undefined) return bad();
      return { match_type: 'lpm', key: hex(set.value, bytes), prefix_length: length };
    }
    case 'ternary': {
      if (set.kind === 'any') return { match_type: 'ternary', key: hex(0n, bytes), mask: hex(0n, bytes) };
      if (set.kind === 'value')
        return { match_type: 'ternary', key: hex(set.value, bytes), mask: hex(ones, bytes) };
      if (set.kind !== 'mask' || key.matchKind === 'optional') return bad();
      return { match_type: 'ternary', key: hex(set.value, bytes), mask: hex(set.mask, bytes) };
    }
    case 'range': {
      if (set.kind === 'any') return { match_type: 'range', start: hex(0n, bytes), end: hex(ones, bytes) };
      if (set.kind === 'value')
        return { match_type: 'range', start: hex(set.value, bytes), end: hex(set.value, bytes) };
      return set.kind === 'range'
        ? { match_type: 'range', start: hex(set.lo, bytes), end: hex(set.hi, bytes) }
        : bad();
    }
  }
}
