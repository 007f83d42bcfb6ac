import type { ExternInstance } from '../elaborate/index.js';
import type { ConstExpr, Expr, ExternStmt } from '../normalise/index.js';
import type { JsonPrimitive } from './bmv2-actions.js';
import type { JsonFieldList } from './bmv2-json.js';
import type { JsonValue } from './bmv2-values.js';
import { calculation, calculationInput } from './calculations.js';
import type { EmitContext } from './context.js';
import { type ExpressionWriter, hex, number } from './expressions.js';
import { digestListName } from './learn-lists.js';

/** Where code runs, as some externs work in one place only. */
export type BlockKind = 'parser' | 'ingress' | 'egress' | 'other';

interface Call {
  readonly context: EmitContext;
  readonly write: ExpressionWriter;
  readonly statement: ExternStmt;
  readonly block: BlockKind;
}

type Parameters = readonly JsonValue[] | undefined;

/** The primitive for a call of a v1model extern; undefined for one that needs none (direct counters and meters). */
export function externPrimitive(
  context: EmitContext,
  write: ExpressionWriter,
  statement: ExternStmt,
  block: BlockKind,
): JsonPrimitive | undefined {
  const call: Call = { context, write, statement, block };
  const convert = CONVERTERS[statement.name];
  if (!convert) {
    context.limit(`${statement.name} cannot be called here on this target`, statement.span);
    return undefined;
  }
  const made = convert(call);
  return made && { ...made, source_info: context.source(statement.span) };
}

const CONVERTERS: Readonly<Record<string, (call: Call) => JsonPrimitive | undefined>> = {
  'counter.count': (call) =>
    primitive('count', [resource('counter_array', call.statement.instance), parameter(call, 0)]),
  'direct_counter.count': () => undefined,
  'meter.execute_meter': (call) =>
    primitive('execute_meter', [
      resource('meter_array', call.statement.instance),
      parameter(call, 0),
      parameter(call, 1),
    ]),
  'direct_meter.read': (call) => {
    const { instance, args } = call.statement;
    if (instance && args[0]) call.context.meterTargets.set(instance, args[0]);
    return undefined;
  },
  'register.read': (call) =>
    primitive('register_read', [
      parameter(call, 0),
      resource('register_array', call.statement.instance),
      parameter(call, 1),
    ]),
  'register.write': (call) =>
    primitive('register_write', [
      resource('register_array', call.statement.instance),
      parameter(call, 0),
      parameter(call, 1),
    ]),
  random: (call) =>
    primitive(
      'modify_field_rng_uniform',
      [0, 1, 2].map((i) => parameter(call, i)),
    ),
  mark_to_drop: () => primitive('mark_to_drop', [{ type: 'header', value: 'standard_metadata' }]),
  truncate: (call) => primitive('truncate', [parameter(call, 0)]),
  hash,
  digest,
  clone: (call) => clone(call, emptyFieldList(call.context)),
  clone_preserving_field_list: (call) => clone(call, fieldList(call, 2)),
  resubmit_preserving_field_list: (call) => again(call, 'resubmit', 'ingress'),
  recirculate_preserving_field_list: (call) => again(call, 'recirculate', 'egress'),
  log_msg: logMessage,
  assert: (call) => check(call, 'assert'),
  assume: (call) => check(call, 'assume'),
};

function primitive(op: string, parameters: Parameters): JsonPrimitive | undefined {
  return parameters && { op, parameters };
}

function parameter({ write, statement, context }: Call, index: number): JsonValue {
  const argument = statement.args[index];
  if (argument) return write.parameter(argument);
  context.limit(`${statement.name} is called with too few arguments`, statement.span);
  return number(0n, 8);
}

function resource(
  type: 'counter_array' | 'meter_array' | 'register_array',
  instance: ExternInstance | undefined,
): JsonValue {
  return { type, value: instance?.name ?? '' };
}

/** The constant that an argument must be. */
function constantArgument({ context, statement }: Call, index: number, what: string): ConstExpr | undefined {
  const argument = statement.args[index];
  if (argument?.kind === 'const') return argument;
  context.limit(`${what} of ${statement.name} must be a constant on this target`, statement.span);
  return undefined;
}

function hash(call: Call): JsonPrimitive | undefined {
  const { context, statement } = call;
  const algorithm = constantArgument(call, 1, 'the algorithm');
  const data = statement.args[3];
  if (!algorithm || !data) return undefined;
  const name = calculation(context, algorithm, calculationInput(context, call.write, data), statement.span);
  return primitive('modify_field_with_hash_based_offset', [
    parameter(call, 0),
    parameter(call, 2),
    { type: 'calculation', value: name },
    parameter(call, 4),
  ]);
}

function digest(call: Call): JsonPrimitive | undefined {
  const { context, statement, write } = call;
  const data = statement.args[1];
  if (data?.kind !== 'list') return undefined;
  const id = context.id('learn_lists');
  context.learnLists.push({
    id,
    name: digestListName(statement.typeArgs[0]),
    source_info: context.source(data.span),
    elements: data.elements.map((element) => write.parameter(element)),
  });
  return primitive('generate_digest', [parameter(call, 0), { type: 'hexstr', value: hex(BigInt(id)) }]);
}

function emptyFieldList(context: EmitContext): number {
  const id = context.id('field_lists');
  const list: JsonFieldList = { id, name: context.names.fresh('fl'), elements: [] };
  context.fieldLists.push(list);
  return id;
}

/** The list of the metadata fields with `@field_list(N)`, where N is the argument at `index`. */
function fieldList(call: Call, index: number): number {
  const chosen = constantArgument(call, index, 'the field list');
  const name = `field_list${chosen?.value ?? 0n}`;
  const known = call.context.fieldLists.find((list) => list.name === name);
  if (known) return known.id;
  call.context.diagnostics.warning(
    'P4C508',
    `no field of the user metadata is tagged with @field_list(${chosen?.value}), so nothing is preserved`,
    call.statement.span,
  );
  return emptyFieldList(call.context);
}

function clone(call: Call, list: number): JsonPrimitive | undefined {
  const { context, statement, block } = call;
  const type = constantArgument(call, 0, 'the type of clone');
  const ingress = type?.name?.endsWith('I2E') ?? false;
  if (block !== (ingress ? 'ingress' : 'egress')) {
    context.limit(
      `${statement.name} of ${ingress ? 'I2E' : 'E2E'} works in the ${ingress ? 'ingress' : 'egress'} control only`,
      statement.span,
    );
  }
  const op = ingress ? 'clone_ingress_pkt_to_egress' : 'clone_egress_pkt_to_egress';
  return primitive(op, [parameter(call, 1), { type: 'hexstr', value: hex(BigInt(list)) }]);
}

function again(call: Call, op: string, place: BlockKind): JsonPrimitive | undefined {
  if (call.block !== place) {
    call.context.limit(`${call.statement.name} works in the ${place} control only`, call.statement.span);
  }
  return primitive(op, [{ type: 'hexstr', value: hex(BigInt(fieldList(call, 0))) }]);
}

function logMessage(call: Call): JsonPrimitive | undefined {
  const data = call.statement.args[1];
  const elements = data?.kind === 'list' ? data.elements : data ? [data] : [];
  const value = data ? elements.map((element: Expr) => call.write.parameter(element)) : {};
  return primitive('log_msg', [parameter(call, 0), { type: 'parameters_vector', value }]);
}

function check(call: Call, op: string): JsonPrimitive | undefined {
  const condition = call.statement.args[0];
  if (!condition) return undefined;
  const right = call.write.operand(condition);
  const value: JsonValue = { type: 'expression', value: { op: 'b2d', left: null, right } };
  return primitive(op, [{ type: 'expression', value }]);
}
