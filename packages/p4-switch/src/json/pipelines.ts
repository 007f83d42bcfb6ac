import { maskOf } from '../bits/bits.js';
import type {
  Action,
  ActionCall,
  ActionNode,
  Conditional,
  ConstEntry,
  EntryKey,
  KeyPart,
  Node,
  Pipeline,
  TableDecl,
  TableNext,
} from '../ir/program.js';
import type { LoadContext, Mutable } from './context.js';
import { buildBool } from './expressions.js';
import { loadInputs } from './externs.js';
import { type JsonNode, NameTable } from './node.js';

const MAX_TABLE_SIZE = 1 << 26;

export function loadPipeline(
  context: LoadContext,
  root: JsonNode,
  name: 'ingress' | 'egress',
  tables: TableDecl[],
  algorithms: readonly string[],
): Pipeline {
  const node =
    root.list('pipelines').find((candidate) => candidate.get('name').value === name) ??
    root.fail(`has no pipeline named "${name}"`);
  for (const profile of node.list('action_profiles')) loadProfile(context, profile, algorithms);

  const nodes = new NameTable<Node>('control flow node');
  const links: (() => void)[] = [];
  const successor = (at: JsonNode | undefined): Node | undefined => at && nodes.get(at);
  for (const tableNode of node.list('tables')) {
    const table = loadTable(context, tableNode, name, tables.length, algorithms);
    tables.push(table);
    nodes.add(tableNode, table.name, { kind: 'table', table });
    links.push(() => {
      (table as Mutable<TableDecl>).next = loadNext(tableNode, table, successor);
    });
  }
  for (const [index, conditionalNode] of node.list('conditionals').entries()) {
    const conditional: Mutable<Conditional> = {
      index,
      name: conditionalNode.get('name').string(),
      condition: buildBool(context, conditionalNode.get('expression')),
      whenTrue: undefined,
      whenFalse: undefined,
    };
    nodes.add(conditionalNode, conditional.name, { kind: 'conditional', conditional });
    links.push(() => {
      conditional.whenTrue = successor(conditionalNode.find('true_next'));
      conditional.whenFalse = successor(conditionalNode.find('false_next'));
    });
  }
  for (const callNode of node.list('action_calls')) {
    const action = actionById(context, callNode.get('action_id'));
    if (action.params.length > 0) callNode.fail(`action "${action.name}" needs data, a direct call has none`);
    const call: Mutable<ActionNode> = { name: callNode.get('name').string(), action, next: undefined };
    nodes.add(callNode, call.name, { kind: 'action', call });
    links.push(() => {
      call.next = successor(callNode.find('next_node'));
    });
  }
  for (const link of links) link();
  const first = successor(node.find('init_table'));
  return { name, first, nodes: inOrder(node, first) };
}

export function successorsOf(node: Node): (Node | undefined)[] {
  switch (node.kind) {
    case 'table': {
      const next = node.table.next;
      return next.kind === 'byHit' ? [next.hit, next.miss] : [...next.targets.values(), next.base];
    }
    case 'conditional':
      return [node.conditional.whenTrue, node.conditional.whenFalse];
    case 'action':
      return [node.call.next];
  }
}

/** Topological order; a control flow that loops would never end, so it is refused. */
function inOrder(at: JsonNode, first: Node | undefined): Node[] {
  const done: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const stack: { node: Node; rest: (Node | undefined)[] }[] = [];
  const open = (node: Node): void => {
    state.set(node, 'open');
    stack.push({ node, rest: successorsOf(node) });
  };
  if (first) open(first);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.rest.length === 0) {
      state.set(top.node, 'done');
      done.push(top.node);
      stack.pop();
      continue;
    }
    const next = top.rest.pop();
    if (!next || state.get(next) === 'done') continue;
    if (state.get(next) === 'open') at.fail('the control flow runs in a circle');
    open(next);
  }
  return done.reverse();
}

function loadProfile(context: LoadContext, node: JsonNode, algorithms: readonly string[]): void {
  const name = node.get('name').string();
  const selector = node.find('selector');
  context.profiles.add(node, name, {
    index: context.profiles.values().length,
    name,
    size: node.find('max_size')?.integer(0, MAX_TABLE_SIZE) ?? 0,
    selector: selector && loadSelector(context, selector, algorithms),
  });
}

function loadSelector(context: LoadContext, node: JsonNode, algorithms: readonly string[]) {
  return {
    algorithm: node.get('algo').oneOf(...algorithms),
    inputs: loadInputs(context, node.get('input')).inputs,
  };
}

function loadTable(
  context: LoadContext,
  node: JsonNode,
  pipeline: 'ingress' | 'egress',
  index: number,
  algorithms: readonly string[],
): TableDecl {
  const name = node.get('name').string();
  const key = node.list('key').map((part) => loadKeyPart(context, part));
  const match = node.get('match_type').oneOf('exact', 'lpm', 'ternary', 'range');
  checkKinds(node, match, key);
  const type = node.get('type').oneOf('simple', 'indirect', 'indirect_ws');
  if (type !== 'simple' && !node.find('action_profile')) oldProfile(context, node, type, algorithms);
  const profileNode = node.find('action_profile') ?? node.find('act_prof_name');
  const profile =
    type === 'simple' ? undefined : context.profiles.get(profileNode ?? node.get('action_profile'));
  const actions = loadTableActions(context, node);
  const entries = node.find('entries');
  if (entries && type !== 'simple') entries.fail('only a table of type "simple" can have const entries');
  const size = node.find('max_size')?.integer(0, MAX_TABLE_SIZE) ?? entries?.array().length ?? 1024;
  const defaultNode = node.find('default_entry');
  const meterName = node.find('direct_meters');
  return {
    index,
    name,
    pipeline,
    match,
    key,
    size: entries ? Math.max(size, entries.array().length) : size,
    actions,
    profile,
    withCounters: node.flag('with_counters'),
    withTimeout: node.flag('support_timeout'),
    meter: meterName && context.meters.get(meterName),
    defaultAction: defaultNode && loadCall(context, defaultNode),
    constDefaultAction: defaultNode?.flag('action_const') ?? false,
    constDefaultEntry: defaultNode?.flag('action_entry_const') ?? false,
    constEntries: entries?.array().map((entry) => loadConstEntry(context, entry, key)),
    next: { kind: 'byHit', hit: undefined, miss: undefined },
  };
}

/** Before JSON 2.1 a table carried its own profile. */
function oldProfile(context: LoadContext, node: JsonNode, type: string, algorithms: readonly string[]): void {
  const name = node.get('act_prof_name').string();
  if (context.profiles.find(name)) return;
  context.profiles.add(node, name, {
    index: context.profiles.values().length,
    name,
    size: 0,
    selector: type === 'indirect_ws' ? loadSelector(context, node.get('selector'), algorithms) : undefined,
  });
}

function loadTableActions(context: LoadContext, node: JsonNode): Action[] {
  const ids = node.find('action_ids');
  if (ids) return ids.array().map((id) => actionById(context, id));
  return node
    .get('actions')
    .array()
    .map(
      (name) =>
        context.actions.find((action) => action.name === name.string()) ??
        name.fail(`no action named "${name.value}"`),
    );
}

function actionById(context: LoadContext, node: JsonNode): Action {
  return context.actionsById.get(node.integer()) ?? node.fail(`no action with id ${node.value}`);
}

function loadKeyPart(context: LoadContext, node: JsonNode): KeyPart {
  const match = node.get('match_type').oneOf('exact', 'lpm', 'ternary', 'range', 'optional', 'valid');
  const target = node.get('target');
  const name = node.find('name')?.string();
  const maskNode = node.find('mask');
  const mask = maskNode?.hex();
  if (match === 'valid') {
    const header = context.headers.get(target);
    return { name: name ?? header.name, match, width: 1, source: { kind: 'valid', header }, mask: undefined };
  }
  const [headerName, fieldName] = target.tuple(2) as [JsonNode, JsonNode];
  if (fieldName.value === '$valid$') {
    const header = context.headers.get(headerName);
    const source = { kind: 'valid', header } as const;
    return { name: name ?? `${header.name}.$valid$`, match, width: 1, source, mask };
  }
  const field = context.field(target);
  if (field.varbit) target.unsupported('a variable-length field cannot be matched');
  return {
    name: name ?? `${field.header.name}.${field.name}`,
    match,
    width: field.width,
    source: { kind: 'field', field },
    mask: mask === undefined ? undefined : BigInt.asUintN(field.width, mask),
  };
}

/** JSON_format.md: the most general kind among the fields decides the kind of the table. */
function checkKinds(node: JsonNode, match: string, key: readonly KeyPart[]): void {
  const allowed: Record<string, readonly string[]> = {
    exact: ['exact', 'valid'],
    lpm: ['exact', 'valid', 'lpm'],
    ternary: ['exact', 'valid', 'lpm', 'ternary', 'optional'],
    range: ['exact', 'valid', 'lpm', 'ternary', 'optional', 'range'],
  };
  for (const part of key) {
    if (!allowed[match]!.includes(part.match)) {
      node.get('match_type').fail(`a "${match}" table cannot have the ${part.match} field "${part.name}"`);
    }
  }
  if (key.filter((part) => part.match === 'lpm').length > (match === 'lpm' ? 1 : key.length)) {
    node.get('key').fail('more than one lpm field');
  }
}

function loadCall(context: LoadContext, node: JsonNode): ActionCall {
  const action = actionById(context, node.get('action_id'));
  const data = node.list('action_data');
  if (data.length !== action.params.length) {
    node.fail(`action "${action.name}" takes ${action.params.length} values, found ${data.length}`);
  }
  return {
    action,
    data: data.map((value, index) => BigInt.asUintN(action.params[index]!.width, value.hex())),
  };
}

function loadConstEntry(context: LoadContext, node: JsonNode, key: readonly KeyPart[]): ConstEntry {
  const parts = node.get('match_key').tuple(key.length);
  return {
    key: parts.map((part, index) => loadEntryKey(part, key[index]!)),
    call: loadCall(context, node.get('action_entry')),
    jsonPriority: node.find('priority')?.integer(-0x80000000) ?? 0,
  };
}

function loadEntryKey(node: JsonNode, part: KeyPart): EntryKey {
  const kind = node.get('match_type').string();
  if (kind !== part.match) node.get('match_type').fail(`field "${part.name}" is ${part.match}, not ${kind}`);
  const bits = (name: string): bigint => {
    const value = node.get(name).hex();
    // p4c writes the key of a signed field with a sign, and others padded to bytes.
    if (value < -(1n << BigInt(part.width - 1)) || value > maskOf(Math.ceil(part.width / 8) * 8)) {
      node.get(name).fail(`does not fit the ${part.width} bits of "${part.name}"`);
    }
    return BigInt.asUintN(part.width, value);
  };
  switch (part.match) {
    case 'exact':
      return { kind: 'exact', value: bits('key') };
    case 'valid':
      return { kind: 'exact', value: node.get('key').boolean() ? 1n : 0n };
    case 'lpm': {
      const prefixLength = node.get('prefix_length').integer(0, part.width);
      return { kind: 'lpm', value: bits('key'), prefixLength };
    }
    case 'ternary':
    case 'optional':
      return { kind: 'ternary', value: bits('key'), mask: bits('mask') };
    case 'range':
      return { kind: 'range', low: bits('start'), high: bits('end') };
  }
}

function loadNext(
  node: JsonNode,
  table: TableDecl,
  successor: (at: JsonNode | undefined) => Node | undefined,
): TableNext {
  const next = node.get('next_tables');
  const keys = next.keys();
  if (keys.includes('__HIT__') || keys.includes('__MISS__')) {
    return { kind: 'byHit', hit: successor(next.find('__HIT__')), miss: successor(next.find('__MISS__')) };
  }
  const targets = new Map<number, Node | undefined>();
  for (const action of table.actions) {
    if (!keys.includes(action.name)) next.fail(`lacks the action "${action.name}" of the table`);
    targets.set(action.index, successor(next.find(action.name)));
  }
  const chosen = table.defaultAction?.action;
  if (chosen && !targets.has(chosen.index)) {
    node.get('default_entry').fail(`the default action "${chosen.name}" is none of the table's actions`);
  }
  return { kind: 'byAction', targets, base: successor(node.find('base_default_next')) };
}
