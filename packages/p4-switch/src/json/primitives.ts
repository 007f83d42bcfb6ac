import type { BinaryOp, DataExpr } from '../ir/expressions.js';
import type { Lvalue, Primitive } from '../ir/primitives.js';
import type { Action } from '../ir/program.js';
import type { LoadContext, Mutable } from './context.js';
import { asData, asHeader, asUnion, buildAny, buildBool, buildData, type Scope } from './expressions.js';
import type { JsonNode } from './node.js';

export function loadActions(context: LoadContext, root: JsonNode): void {
  for (const node of root.list('actions')) {
    const params = node.list('runtime_data').map((param) => ({
      name: param.get('name').string(),
      width: param.get('bitwidth').integer(1, 16384),
    }));
    const id = node.get('id').integer();
    const action: Mutable<Action> = {
      index: context.actions.length,
      id,
      name: node.get('name').string(),
      params,
      body: [],
    };
    const scope: Scope = {
      local(index, at) {
        const param = params[index];
        if (!param)
          return at.fail(`action "${action.name}" has ${params.length} parameters, no number ${index}`);
        return { kind: 'local', index, width: param.width };
      },
    };
    const calls = node.list('primitives');
    action.body = calls.map((call) => loadPrimitive(context, call, scope, calls.length));
    if (context.actionsById.has(id)) node.fail(`a second action with id ${id}`);
    context.actionsById.set(id, action);
    context.actions.push(action);
  }
}

const ARITHMETIC: Readonly<Record<string, BinaryOp>> = {
  add: '+',
  subtract: '-',
  bit_xor: '^',
  bit_or: '|',
  bit_and: '&',
  shift_left: '<<',
  shift_right: '>>',
};

/** @param length of the action it is in, for jumps must stay inside; undefined outside actions. */
export function loadPrimitive(context: LoadContext, node: JsonNode, scope: Scope, length = 1): Primitive {
  const op = node.get('op').string();
  const params = node.list('parameters');
  const expect = (count: number): void => {
    if (params.length !== count) {
      node.fail(`primitive "${op}" takes ${count} parameters, found ${params.length}`);
    }
  };
  const param = (index: number): JsonNode => params[index]!;
  const data = (index: number): DataExpr => buildData(context, param(index), scope);
  const lvalue = (index: number): Lvalue => toLvalue(param(index), data(index));
  const header = (index: number) => asHeader(param(index), buildAny(context, param(index), scope));
  const union = (index: number) => asUnion(param(index), buildAny(context, param(index), scope));
  const named = (index: number, type: string): JsonNode => {
    param(index).get('type').oneOf(type);
    return param(index).get('value');
  };
  const jumpTarget = (index: number): number => {
    if (length === undefined) return node.fail(`"${op}" makes no sense outside an action`);
    const target = data(index);
    if (target.kind !== 'const') return param(index).unsupported('a jump target must be a constant');
    if (target.value < 0n || target.value > BigInt(length)) {
      param(index).fail(`expected a jump inside the action, to 0..${length}, found ${target.value}`);
    }
    return Number(target.value);
  };

  const arithmetic = ARITHMETIC[op];
  if (arithmetic !== undefined && Object.hasOwn(ARITHMETIC, op)) {
    expect(3);
    return {
      op: 'assign',
      target: lvalue(0),
      value: { kind: 'binary', op: arithmetic, left: data(1), right: data(2) },
    };
  }
  switch (op) {
    case 'assign':
    case 'modify_field':
      expect(2);
      return { op: 'assign', target: lvalue(0), value: data(1) };
    case 'add_to_field':
    case 'subtract_from_field':
      expect(2);
      return {
        op: 'assign',
        target: lvalue(0),
        value: { kind: 'binary', op: op === 'add_to_field' ? '+' : '-', left: data(0), right: data(1) },
      };
    case 'assign_VL': {
      expect(2);
      const [target, source] = [data(0), data(1)];
      if (
        target.kind !== 'field' ||
        !target.field.varbit ||
        source.kind !== 'field' ||
        !source.field.varbit
      ) {
        return node.fail('expected two variable-length fields');
      }
      return { op: 'assignVarbit', target: target.field, source: source.field };
    }
    case 'assign_header':
    case 'copy_header':
      expect(2);
      return { op: 'assignHeader', target: header(0), source: header(1) };
    case 'assign_union':
      expect(2);
      return { op: 'assignUnion', target: union(0), source: union(1) };
    case 'assign_header_stack': {
      expect(2);
      const [target, source] = [buildAny(context, param(0)), buildAny(context, param(1))];
      if (target.type !== 'stack' || source.type !== 'stack') return node.fail('expected two header stacks');
      if (target.expr.headers.length !== source.expr.headers.length)
        return node.fail('stacks differ in size');
      return { op: 'assignStack', target: target.expr, source: source.expr };
    }
    case 'assign_union_stack': {
      expect(2);
      const [target, source] = [buildAny(context, param(0)), buildAny(context, param(1))];
      if (target.type !== 'unionStack' || source.type !== 'unionStack') {
        return node.fail('expected two header union stacks');
      }
      if (target.expr.unions.length !== source.expr.unions.length) return node.fail('stacks differ in size');
      return { op: 'assignUnionStack', target: target.expr, source: source.expr };
    }
    case 'add_header':
    case 'add_header_fast':
      expect(1);
      return { op: 'setValid', header: header(0) };
    case 'remove_header':
      expect(1);
      return { op: 'setInvalid', header: header(0) };
    case 'push':
    case 'pop': {
      expect(2);
      const count = data(1);
      if (count.kind !== 'const') return param(1).unsupported('the count must be a constant');
      const places = count.value < 0n || count.value > 0xffffn ? 0xffff : Number(count.value);
      const stack = buildAny(context, param(0), scope);
      if (stack.type === 'stack') return { op, stack: stack.expr, count: places };
      if (stack.type === 'unionStack') {
        return { op: op === 'push' ? 'pushUnion' : 'popUnion', stack: stack.expr, count: places };
      }
      return param(0).fail('expected a header stack');
    }
    case '_jump':
      expect(1);
      return { op: 'jump', target: jumpTarget(0) };
    case '_jump_if_zero':
      expect(2);
      return { op: 'jumpIfZero', condition: data(0), target: jumpTarget(1) };
    case 'exit':
      return { op: 'exit' };
    case 'assert':
    case 'assume':
      expect(1);
      return { op: 'assert', what: op, condition: buildBool(context, param(0), scope) };
    case 'log_msg': {
      if (params.length < 1) node.fail('log_msg needs a format string');
      return {
        op: 'log',
        format: named(0, 'string').string(),
        args: (params[1]?.get('value').array() ?? []).map((arg) =>
          asData(arg, buildAny(context, arg, scope)),
        ),
      };
    }
    case 'drop':
    case 'mark_to_drop':
      return { op: 'drop' };
    case 'count':
      expect(2);
      return { op: 'count', counter: context.counters.get(named(0, 'counter_array')), index: data(1) };
    case 'execute_meter':
      expect(3);
      return {
        op: 'meter',
        meter: context.meters.get(named(0, 'meter_array')),
        index: data(1),
        target: lvalue(2),
      };
    case 'register_read':
      expect(3);
      return {
        op: 'registerRead',
        target: lvalue(0),
        array: context.registers.get(named(1, 'register_array')),
        index: data(2),
      };
    case 'register_write':
      expect(3);
      return {
        op: 'registerWrite',
        array: context.registers.get(named(0, 'register_array')),
        index: data(1),
        value: data(2),
      };
    case 'modify_field_with_hash_based_offset':
      expect(4);
      return {
        op: 'hash',
        target: lvalue(0),
        base: data(1),
        calculation: context.calculations.get(named(2, 'calculation')),
        size: data(3),
      };
    case 'modify_field_rng_uniform':
      expect(3);
      return { op: 'random', target: lvalue(0), low: data(1), high: data(2) };
    case 'generate_digest':
      expect(2);
      return { op: 'digest', list: data(1) };
    case 'clone_ingress_pkt_to_egress':
    case 'clone_egress_pkt_to_egress':
      expect(2);
      return { op: 'clone', session: data(0), fieldList: data(1) };
    case 'resubmit':
    case 'recirculate':
      expect(1);
      return { op, fieldList: data(0) };
    case 'truncate':
      expect(1);
      return { op: 'truncate', length: data(0) };
    case 'no_op':
      return { op: 'nothing' };
    default:
      return node.get('op').unsupported(`primitive "${op}" is not known to this switch (v1model on BMv2)`);
  }
}

function toLvalue(node: JsonNode, expr: DataExpr): Lvalue {
  switch (expr.kind) {
    case 'field':
      if (expr.field.varbit) node.unsupported('a variable-length field is assigned with assign_VL');
      return expr;
    case 'lastField':
    case 'accessField':
    case 'register':
      return expr;
    default:
      return node.fail('expected something that can be assigned to');
  }
}
