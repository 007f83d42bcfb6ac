import type {
  BinaryOp,
  BoolExpr,
  CastOp,
  CompareOp,
  DataExpr,
  HeaderExpr,
  UnionExpr,
} from '../ir/expressions.js';
import { candidates } from '../ir/expressions.js';
import type { HeaderStack, UnionStack } from '../ir/program.js';
import type { LoadContext } from './context.js';
import type { JsonNode } from './node.js';

/** What `{"type": "local", "value": n}` stands for where the expression is used. */
export interface Scope {
  local?(index: number, at: JsonNode): DataExpr;
}

export type AnyExpr =
  | { readonly type: 'data'; readonly expr: DataExpr }
  | { readonly type: 'bool'; readonly expr: BoolExpr }
  | { readonly type: 'header'; readonly expr: HeaderExpr }
  | { readonly type: 'union'; readonly expr: UnionExpr }
  | { readonly type: 'stack'; readonly expr: HeaderStack }
  | { readonly type: 'unionStack'; readonly expr: UnionStack };

/** Deepest nesting taken, so that a hostile document cannot exhaust the call stack here or in an engine. */
const MAX_DEPTH = 400;
const BINARY = new Set(['+', '-', '*', '/', '%', '<<', '>>', '&', '|', '^']);
const COMPARE = new Set(['<', '<=', '>', '>=']);

export function buildData(context: LoadContext, node: JsonNode, scope: Scope = {}): DataExpr {
  return asData(node, build(context, node, scope, 0));
}

export function buildBool(context: LoadContext, node: JsonNode, scope: Scope = {}): BoolExpr {
  return asBool(node, build(context, node, scope, 0));
}

export function buildAny(context: LoadContext, node: JsonNode, scope: Scope = {}): AnyExpr {
  return build(context, node, scope, 0);
}

export function asData(node: JsonNode, any: AnyExpr): DataExpr {
  if (any.type === 'data') return any.expr;
  // p4c hands booleans to primitives that take data; BMv2 does the same conversion in its Data class.
  if (any.type === 'bool') return { kind: 'fromBool', operand: any.expr };
  return node.fail(`expected a number, found a ${any.type} expression`);
}

export function asBool(node: JsonNode, any: AnyExpr): BoolExpr {
  if (any.type === 'bool') return any.expr;
  if (any.type === 'data') return { kind: 'fromData', operand: any.expr };
  return node.fail(`expected a boolean, found a ${any.type} expression`);
}

export function asHeader(node: JsonNode, any: AnyExpr): HeaderExpr {
  return any.type === 'header' ? any.expr : node.fail(`expected a header, found a ${any.type} expression`);
}

export function asUnion(node: JsonNode, any: AnyExpr): UnionExpr {
  return any.type === 'union'
    ? any.expr
    : node.fail(`expected a header union, found a ${any.type} expression`);
}

function build(context: LoadContext, node: JsonNode, scope: Scope, depth: number): AnyExpr {
  if (depth > MAX_DEPTH) node.fail(`expressions nest deeper than ${MAX_DEPTH}`);
  const value = node.get('value');
  const type = node.get('type').string();
  switch (type) {
    case 'expression':
      // An expression may wrap another value directly: {"type":"expression","value":{"type":"expression",...}}.
      return value.find('op') === undefined
        ? build(context, value, scope, depth + 1)
        : buildOperation(context, value, scope, depth + 1);
    case 'hexstr':
      return data({ kind: 'const', value: value.hex() });
    case 'bool':
      return { type: 'bool', expr: { kind: 'bool', value: value.boolean() } };
    case 'field': {
      const [header, name] = value.tuple(2) as [JsonNode, JsonNode];
      if (name.value === '$valid$') {
        const union = context.unions.find(header.string());
        if (union) return { type: 'bool', expr: { kind: 'isUnionValid', union: { kind: 'union', union } } };
        return data({ kind: 'validBit', header: context.headers.get(header) });
      }
      return data({ kind: 'field', field: context.field(value) });
    }
    case 'header':
      return { type: 'header', expr: { kind: 'header', header: context.headers.get(value) } };
    case 'header_stack':
      return { type: 'stack', expr: context.stacks.get(value) };
    case 'header_union':
      return { type: 'union', expr: { kind: 'union', union: context.unions.get(value) } };
    case 'header_union_stack':
      return { type: 'unionStack', expr: context.unionStacks.get(value) };
    case 'local':
    case 'runtime_data':
      return data((scope.local ?? noLocals)(value.integer(), value));
    case 'register': {
      const [array, index] = value.tuple(2) as [JsonNode, JsonNode];
      return data({
        kind: 'register',
        array: context.registers.get(array),
        index: asData(index, build(context, index, scope, depth + 1)),
      });
    }
    case 'stack_field': {
      const [name, field] = value.tuple(2) as [JsonNode, JsonNode];
      const stack = context.stacks.get(name);
      return data({ kind: 'lastField', stack, offset: context.fieldOf(stack.headers[0]!, field).offset });
    }
    case 'union_stack_field': {
      const [name, memberNode, field] = value.tuple(3) as [JsonNode, JsonNode, JsonNode];
      const stack = context.unionStacks.get(name);
      const member = unionMember(context, stack, memberNode);
      const header = stack.unions[0]!.headers[member]!;
      return data({ kind: 'lastUnionField', stack, member, offset: context.fieldOf(header, field).offset });
    }
    default:
      return node.fail(`"${type}" is no kind of value in an expression`);
  }
}

export function unionMember(context: LoadContext, stack: UnionStack, node: JsonNode): number {
  const names = context.unionMembers.get(stack.name) ?? [];
  const member = names.indexOf(node.string());
  return member >= 0 ? member : node.fail(`no member "${node.string()}"; there are: ${names.join(', ')}`);
}

function noLocals(_index: number, at: JsonNode): never {
  return at.fail('action data cannot be used here');
}

function data(expr: DataExpr): AnyExpr {
  return { type: 'data', expr };
}

function bool(expr: BoolExpr): AnyExpr {
  return { type: 'bool', expr };
}

function buildOperation(context: LoadContext, node: JsonNode, scope: Scope, depth: number): AnyExpr {
  const op = node.get('op').string();
  const sub = (key: string): AnyExpr => build(context, node.get(key), scope, depth);
  const subData = (key: string): DataExpr => asData(node.get(key), sub(key));
  const subBool = (key: string): BoolExpr => asBool(node.get(key), sub(key));
  const width = (): number => {
    const right = subData('right');
    if (right.kind !== 'const') return node.get('right').unsupported('the width must be a constant');
    if (right.value < 1n || right.value > 1n << 16n) node.get('right').fail('expected a width of 1 to 65536');
    return Number(right.value);
  };
  if (BINARY.has(op)) {
    const left = node.find('left') === undefined && (op === '+' || op === '-') ? zero : subData('left');
    return data({ kind: 'binary', op: op as BinaryOp, left, right: subData('right') });
  }
  if (COMPARE.has(op)) {
    return bool({ kind: 'compare', op: op as CompareOp, left: subData('left'), right: subData('right') });
  }
  switch (op) {
    case '==':
    case '!=':
      return bool(buildEquality(node, op, sub('left'), sub('right')));
    case 'and':
    case 'or':
      return bool({ kind: op, left: subBool('left'), right: subBool('right') });
    case 'not':
      return bool({ kind: 'negate', operand: subBool('right') });
    case '~':
      return data({ kind: 'not', operand: subData('right') });
    case 'valid':
      return bool({ kind: 'isValid', header: asHeader(node.get('right'), sub('right')) });
    case 'valid_union':
      return bool({ kind: 'isUnionValid', union: asUnion(node.get('right'), sub('right')) });
    case 'd2b':
      return bool({ kind: 'fromData', operand: subData('right') });
    case 'b2d':
      return data({ kind: 'fromBool', operand: subBool('right') });
    case 'two_comp_mod':
    case 'usat_cast':
    case 'sat_cast':
      return data({ kind: 'cast', op: op as CastOp, operand: subData('left'), width: width() });
    case '?': {
      const condition = subBool('cond');
      const [left, right] = [sub('left'), sub('right')];
      return left.type === 'bool' && right.type === 'bool'
        ? bool({ kind: 'chooseBool', condition, whenTrue: left.expr, whenFalse: right.expr })
        : data({
            kind: 'choose',
            condition,
            whenTrue: asData(node.get('left'), left),
            whenFalse: asData(node.get('right'), right),
          });
    }
    case 'last_stack_index':
    case 'size_stack': {
      const stack = sub('right');
      if (stack.type !== 'stack') return node.get('right').fail('expected a header stack');
      return data({ kind: op === 'size_stack' ? 'stackSize' : 'lastIndex', stack: stack.expr });
    }
    case 'dereference_header_stack': {
      const stack = sub('left');
      if (stack.type !== 'stack') return node.get('left').fail('expected a header stack');
      return { type: 'header', expr: { kind: 'stackElement', stack: stack.expr, index: subData('right') } };
    }
    case 'dereference_union_stack': {
      const stack = sub('left');
      if (stack.type !== 'unionStack') return node.get('left').fail('expected a header union stack');
      return { type: 'union', expr: { kind: 'unionElement', stack: stack.expr, index: subData('right') } };
    }
    case 'access_field': {
      const header = asHeader(node.get('left'), sub('left'));
      const fields = candidates(header)[0]!.fields;
      return data({ kind: 'accessField', header, offset: node.get('right').integer(0, fields.length - 1) });
    }
    case 'access_union_header': {
      const union = asUnion(node.get('left'), sub('left'));
      const first = union.kind === 'union' ? union.union : union.stack.unions[0]!;
      const member = node.get('right').integer(0, first.headers.length - 1);
      return { type: 'header', expr: { kind: 'unionMember', union, member } };
    }
    default:
      return node.get('op').fail(`unknown operation "${op}"`);
  }
}

const zero: DataExpr = { kind: 'const', value: 0n };

function buildEquality(node: JsonNode, op: '==' | '!=', left: AnyExpr, right: AnyExpr): BoolExpr {
  const negate = op === '!=';
  if (left.type === 'bool' && right.type === 'bool') {
    return { kind: 'sameBool', negate, left: left.expr, right: right.expr };
  }
  if (left.type === 'header' && right.type === 'header') {
    return { kind: 'sameHeader', negate, left: left.expr, right: right.expr };
  }
  if (left.type === 'union' && right.type === 'union') {
    return { kind: 'sameUnion', negate, left: left.expr, right: right.expr };
  }
  return {
    kind: 'compare',
    op,
    left: asData(node.get('left'), left),
    right: asData(node.get('right'), right),
  };
}
