import type {
  Deparser,
  ExtractTarget,
  Header,
  Parser,
  ParserOp,
  ParseState,
  TransitionCase,
  TransitionKeyPart,
  ValueSet,
} from '../ir/program.js';
import type { LoadContext, Mutable } from './context.js';
import { buildBool, buildData, unionMember } from './expressions.js';
import { type JsonNode, NameTable } from './node.js';
import { loadPrimitive } from './primitives.js';

/** The errors of core.p4, in BMv2's order; those that the document does not number get the next free numbers. */
const CORE_ERRORS = [
  'NoError',
  'PacketTooShort',
  'NoMatch',
  'StackOutOfBounds',
  'HeaderTooShort',
  'ParserTimeout',
  'ParserInvalidArgument',
];

export function loadErrors(context: LoadContext, root: JsonNode): void {
  for (const node of root.list('errors')) {
    const [name, value] = node.tuple(2) as [JsonNode, JsonNode];
    context.errors.set(name.string(), value.integer(0, 0x7ffffffe));
  }
  let next = Math.max(-1, ...context.errors.values()) + 1;
  for (const name of CORE_ERRORS) {
    if (!context.errors.has(name)) context.errors.set(name, next++);
  }
}

export function loadValueSets(context: LoadContext, root: JsonNode): void {
  for (const [index, node] of root.list('parse_vsets').entries()) {
    const name = node.get('name').string();
    const width = node.get('compressed_bitwidth').integer(1, 16384);
    context.valueSets.add(node, name, { index, name, width, partWidths: [] });
  }
}

export function loadParser(context: LoadContext, root: JsonNode): Parser {
  const parsers = root.list('parsers');
  const node =
    parsers.find((candidate) => candidate.get('name').value === 'parser') ??
    root.fail('has no parser named "parser"');
  const names = new NameTable<Mutable<ParseState>>('parse state');
  const nodes = node.list('parse_states');
  for (const [index, state] of nodes.entries()) {
    const name = state.get('name').string();
    names.add(state, name, { index, name, ops: [], key: [], cases: [], otherwise: undefined });
  }
  for (const state of nodes) loadState(context, state, names);
  const initial = node.find('init_state');
  return { states: names.values(), initial: initial && names.get(initial) };
}

function loadState(context: LoadContext, node: JsonNode, names: NameTable<Mutable<ParseState>>): void {
  const state = names.get(node.get('name'));
  state.ops = node.list('parser_ops').map((op) => loadOp(context, op));
  state.key = node.list('transition_key').map((part) => loadKeyPart(context, part));
  const bytes = state.key.reduce((sum, part) => sum + Math.ceil(part.width / 8), 0);
  const cases: TransitionCase[] = [];
  for (const transition of node.list('transitions')) {
    const target = transition.find('next_state');
    const next = target && names.get(target);
    const declared = transition.find('type')?.string() ?? 'hexstr';
    const type = transition.find('value')?.value === 'default' ? 'default' : declared;
    if (type === 'default') {
      state.otherwise = next;
      continue;
    }
    const maskNode = transition.find('mask');
    if (type === 'hexstr') {
      if (state.key.length === 0)
        transition.fail('a value to compare with, but the state has no transition key');
      cases.push({
        kind: 'value',
        value: paddedHex(transition.get('value'), bytes),
        mask: maskNode && paddedHex(maskNode, bytes),
        next,
      });
    } else if (type === 'parse_vset') {
      const set = context.valueSets.get(transition.get('value'));
      claimValueSet(transition, set, state.key);
      cases.push({ kind: 'valueSet', set, mask: maskNode && paddedHex(maskNode, bytes), next });
    } else {
      transition.get('type').oneOf('default', 'hexstr', 'parse_vset');
    }
  }
  state.cases = cases;
}

function claimValueSet(node: JsonNode, set: Mutable<ValueSet>, key: readonly TransitionKeyPart[]): void {
  const widths = key.map((part) => part.width);
  if (widths.reduce((sum, width) => sum + width, 0) !== set.width) {
    node.fail(
      `value set "${set.name}" has members of ${set.width} bits, the transition key is wider or narrower`,
    );
  }
  if (set.partWidths.length > 0 && set.partWidths.join() !== widths.join()) {
    node.unsupported(`value set "${set.name}" is used with differently divided keys`);
  }
  set.partWidths = widths;
}

function paddedHex(node: JsonNode, bytes: number): bigint {
  const value = node.hex();
  if (value < 0n || value >= 1n << BigInt(bytes * 8)) node.fail(`does not fit the key of ${bytes} bytes`);
  return value;
}

function loadKeyPart(context: LoadContext, node: JsonNode): TransitionKeyPart {
  if (node.get('type').value === 'lookahead') {
    const [offset, width] = node.get('value').tuple(2) as [JsonNode, JsonNode];
    return { kind: 'lookahead', offset: offset.integer(0, 1 << 20), width: width.integer(1, 16384) };
  }
  const type = node.get('type').oneOf('field', 'stack_field', 'union_stack_field', 'lookahead');
  const value = buildData(context, node);
  switch (value.kind) {
    case 'field':
      return { kind: 'value', value, width: value.field.width };
    case 'validBit':
      return { kind: 'value', value, width: 1 };
    case 'lastField':
      return { kind: 'value', value, width: value.stack.headers[0]!.fields[value.offset]!.width };
    case 'lastUnionField':
      return {
        kind: 'value',
        value,
        width: value.stack.unions[0]!.headers[value.member]!.fields[value.offset]!.width,
      };
    default:
      return node.fail(`"${type}" cannot be part of a transition key`);
  }
}

function loadOp(context: LoadContext, node: JsonNode): ParserOp {
  const op = node.get('op').string();
  const params = node.list('parameters');
  const param = (index: number): JsonNode =>
    params[index] ?? node.fail(`parser operation "${op}" needs parameter ${index}`);
  switch (op) {
    case 'extract':
    case 'extract_VL': {
      const target = extractTarget(context, param(0));
      const header = targetHeader(target);
      if (op === 'extract' && header.varbit && !header.lengthExpression) {
        node.fail(
          `"${header.name}" has a variable-length field: use extract_VL, or give its type a length_exp`,
        );
      }
      if (op === 'extract_VL' && !header.varbit) {
        node.fail(`"${header.name}" has no variable-length field`);
      }
      const length =
        op === 'extract_VL'
          ? buildData(context, param(1))
          : header.varbit
            ? header.lengthExpression
            : undefined;
      return { op: 'extract', target, length };
    }
    case 'set': {
      const field = context.field(typed(param(0), 'field'));
      const source = param(1);
      if (source.get('type').value === 'lookahead') {
        const [offset, width] = source.get('value').tuple(2) as [JsonNode, JsonNode];
        return {
          op: 'setLookahead',
          field,
          offset: offset.integer(0, 1 << 20),
          width: width.integer(1, 16384),
        };
      }
      const value = buildData(context, source);
      if (field.varbit && value.kind === 'field' && value.field.varbit) {
        return { op: 'primitive', primitive: { op: 'assignVarbit', target: field, source: value.field } };
      }
      return { op: 'set', field, value };
    }
    case 'verify': {
      const error = param(1);
      return {
        op: 'verify',
        condition: buildBool(context, param(0)),
        error: error.isNumber ? { kind: 'const', value: BigInt(error.integer()) } : buildData(context, error),
      };
    }
    case 'shift':
      return { op: 'advance', bits: { kind: 'const', value: BigInt(param(0).integer(0, 1 << 20)) * 8n } };
    case 'advance':
      return { op: 'advance', bits: buildData(context, param(0)) };
    case 'primitive':
      return { op: 'primitive', primitive: loadPrimitive(context, param(0), {}) };
    default:
      return node.get('op').fail(`unknown parser operation "${op}"`);
  }
}

function typed(node: JsonNode, type: string): JsonNode {
  node.get('type').oneOf(type);
  return node.get('value');
}

function extractTarget(context: LoadContext, node: JsonNode): ExtractTarget {
  const value = node.get('value');
  switch (node.get('type').oneOf('regular', 'stack', 'union_stack')) {
    case 'regular':
      return { kind: 'header', header: context.headers.get(value) };
    case 'stack':
      return { kind: 'stack', stack: context.stacks.get(value) };
    case 'union_stack': {
      const [name, member] = value.tuple(2) as [JsonNode, JsonNode];
      const stack = context.unionStacks.get(name);
      return { kind: 'unionStack', stack, member: unionMember(context, stack, member) };
    }
  }
}

export function targetHeader(target: ExtractTarget): Header {
  switch (target.kind) {
    case 'header':
      return target.header;
    case 'stack':
      return target.stack.headers[0]!;
    case 'unionStack':
      return target.stack.unions[0]!.headers[target.member]!;
  }
}

export function loadDeparser(context: LoadContext, root: JsonNode): Deparser {
  const node =
    root.list('deparsers').find((candidate) => candidate.get('name').value === 'deparser') ??
    root.fail('has no deparser named "deparser"');
  return {
    headers: node
      .get('order')
      .array()
      .map((header) => context.headers.get(header)),
    primitives: node.list('primitives').map((primitive) => loadPrimitive(context, primitive, {})),
  };
}
