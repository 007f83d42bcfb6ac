import type { Constant, Type } from '../check/types.js';
import { evaluate, evaluateInteger, underlying } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { assign, defaultValue } from './assign.js';
import {
  BOOL,
  binary,
  boolean,
  cast,
  constant,
  element,
  equal,
  isComparison,
  member,
  mux,
  not,
  slice,
  unary,
} from './build.js';
import { callValue } from './calls.js';
import type { Expr } from './core.js';
import type { Frame, Normaliser } from './normaliser.js';
import { inOrder } from './operands.js';
import { applyResult, tableApplied } from './tables.js';

/**
 * The value of an expression; statements for its side effects are emitted. `expected` is the type that the context
 * demands, which untyped integers and lists take on.
 */
export function value(n: Normaliser, f: Frame, e: ast.Expression, expected?: Type): Expr {
  const wanted = expected && underlying(expected);
  const known = evaluate(n.program.checked, e, n.scopeOf(f));
  if (known?.kind === 'constant') return literal(n, known.constant, underlying(known.type), wanted, e.span);
  switch (e.kind) {
    case 'PathExpression':
      return path(n, f, e);
    case 'MemberExpression':
      return memberValue(n, f, e);
    case 'IndexExpression':
      return indexed(n, f, e);
    case 'SliceExpression':
      return sliced(n, f, e);
    case 'UnaryExpression':
      if (e.op === '+') return value(n, f, e.operand, wanted);
      return unaryValue(n, f, e, e.op, wanted);
    case 'BinaryExpression':
      return binaryValue(n, f, e, wanted);
    case 'ConditionalExpression':
      return conditional(n, f, e, wanted);
    case 'CastExpression': {
      const type = n.typeOf(f, e);
      return cast(value(n, f, e.operand, type), type, e.span);
    }
    case 'CallExpression':
      return callValue(n, f, e) ?? n.unsupported('this call as a value', e.span);
    case 'ListExpression':
      return list(n, f, e, wanted);
    case 'StructExpression':
      return structure(n, f, e, wanted);
    case 'InvalidExpression':
      return { kind: 'invalid', type: wanted ?? n.typeOf(f, e), span: e.span };
    default:
      return n.unsupported('this kind of expression here', e.span, wanted);
  }
}

/** A compile-time value as an expression of the type the context demands. */
export function literal(
  n: Normaliser,
  known: Constant,
  type: Type,
  wanted: Type | undefined,
  span: Span,
): Expr {
  const own = wanted && (type.kind === 'int' || type.kind === 'structLiteral') ? wanted : type;
  switch (known.kind) {
    case 'int':
      if (own.kind === 'bool') return boolean(known.value !== 0n, span);
      return constant(known.value, own, span);
    case 'bool':
      return boolean(known.value, span);
    case 'string':
      return { kind: 'string', value: known.value, type, span };
    case 'name':
      return { kind: 'const', value: n.symbol(own, known.value), type: own, name: known.value, span };
    case 'list':
    case 'struct': {
      const target = wanted && partTypes(wanted).length > 0 ? wanted : own;
      const parts = partTypes(target);
      const elements = known.kind === 'list' ? known.elements : orderedFields(target, known.fields);
      return {
        kind: 'list',
        type: target,
        elements: elements.map((part, i) => literal(n, part, parts[i] ?? { kind: 'int' }, parts[i], span)),
        span,
      };
    }
  }
}

function orderedFields(type: Type, fields: readonly (readonly [string, Constant])[]): readonly Constant[] {
  if (!('fields' in type)) return fields.map(([, part]) => part);
  return type.fields.flatMap(({ name }) => {
    const found = fields.find(([field]) => field === name);
    return found ? [found[1]] : [];
  });
}

/** Types of the parts of an aggregate, in order. */
export function partTypes(type: Type): readonly Type[] {
  if (type.kind === 'tuple') return type.elements.map(underlying);
  if (type.kind === 'headerStack') return Array.from({ length: type.size }, () => type.element);
  if ('fields' in type) return type.fields.map((field) => underlying(field.type));
  return [];
}

function path(n: Normaliser, f: Frame, e: ast.PathExpression): Expr {
  const decl = n.program.checked.declarationOf(e);
  const bound = decl && n.lookup(f, decl);
  if (bound) return { ...bound, span: e.span };
  if (decl?.kind === 'ConstantDeclaration') return value(n, f, decl.value, n.typeOf(f, e));
  return n.unsupported(`\`${e.name.text}\` as a value`, e.span, n.typeOf(f, e));
}

function memberValue(n: Normaliser, f: Frame, e: ast.MemberExpression): Expr {
  const applied = tableApplied(n, e);
  if (applied) return applyResult(n, f, applied, e);
  const target = value(n, f, e.target);
  const name = e.member.text;
  if (target.type.kind !== 'headerStack') return member(target, name, n.typeOf(f, e), e.span);
  switch (name) {
    case 'next':
    case 'last':
      return { kind: 'stack', target, which: name, type: target.type.element, span: e.span };
    case 'lastIndex':
      return { kind: 'stack', target, which: name, type: { kind: 'bit', width: 32 }, span: e.span };
    default:
      return constant(BigInt(target.type.size), { kind: 'bit', width: 32 }, e.span);
  }
}

function indexed(n: Normaliser, f: Frame, e: ast.IndexExpression): Expr {
  const operands = [() => value(n, f, e.target), () => value(n, f, e.index, { kind: 'bit', width: 32 })];
  const [target, index] = inOrder(n, operands, (i) => i === 0);
  if (!target || !index) return n.unsupported('this index', e.span);
  if (target.type.kind === 'tuple') {
    const position = index.kind === 'const' ? Number(index.value) : -1;
    if (target.kind === 'list') return target.elements[position] ?? n.unsupported('this index', e.span);
    return { kind: 'member', target, field: `f${position}`, type: n.typeOf(f, e), span: e.span };
  }
  if (target.type.kind === 'headerStack' && index.kind === 'const') {
    if (index.value < 0n || index.value >= BigInt(target.type.size)) {
      n.diagnostics.error(
        'P4C405',
        `index ${index.value} is outside of this stack of ${target.type.size} headers`,
        e.index.span,
      );
      return element(target, 0, e.span);
    }
    return element(target, Number(index.value), e.span);
  }
  return { kind: 'index', target, index, type: n.typeOf(f, e), span: e.span };
}

function sliced(n: Normaliser, f: Frame, e: ast.SliceExpression): Expr {
  const hi = evaluateInteger(n.program.checked, e.hi, n.scopeOf(f));
  const lo = evaluateInteger(n.program.checked, e.lo, n.scopeOf(f));
  const target = value(n, f, e.target);
  if (hi === undefined || lo === undefined)
    return n.unsupported('a slice whose bounds are not constants', e.span);
  return slice(target, Number(hi), Number(lo), e.span);
}

function unaryValue(
  n: Normaliser,
  f: Frame,
  e: ast.UnaryExpression,
  op: '!' | '~' | '-',
  wanted: Type | undefined,
): Expr {
  const operand = value(n, f, e.operand, wanted);
  return op === '!' ? not(operand, e.span) : unary(op, operand, operand.type, e.span);
}

function binaryValue(n: Normaliser, f: Frame, e: ast.BinaryExpression, wanted: Type | undefined): Expr {
  if (e.op === '&&' || e.op === '||') return shortCircuit(n, f, e, e.op);
  const leftType = n.typeOf(f, e.left);
  const rightType = n.typeOf(f, e.right);
  const shift = e.op === '<<' || e.op === '>>';
  const leftWanted =
    leftType.kind === 'int' ? (shift ? wanted : rightType) : isAggregate(leftType) ? rightType : undefined;
  const rightWanted = shift
    ? undefined
    : rightType.kind === 'int' || isAggregate(rightType)
      ? leftType
      : undefined;
  const [left, right] = inOrder(n, [
    () => value(n, f, e.left, leftWanted),
    () => value(n, f, e.right, rightWanted),
  ]);
  if (!left || !right) return boolean(false, e.span);
  if (e.op === '==') return equal(left, right, e.span);
  if (e.op === '!=')
    return isAggregate(left.type)
      ? not(equal(left, right, e.span), e.span)
      : binary('!=', left, right, BOOL, e.span);
  const type = isComparison(e.op) ? BOOL : e.op === '++' ? n.typeOf(f, e) : left.type;
  return binary(e.op, left, right, type, e.span);
}

function isAggregate(type: Type): boolean {
  return 'fields' in type || type.kind === 'tuple' || type.kind === 'headerStack' || type.kind === 'list';
}

/** `a && b` does not evaluate b when a is false (P4_16 §8.5): with side effects in b it becomes an if. */
function shortCircuit(n: Normaliser, f: Frame, e: ast.BinaryExpression, op: '&&' | '||'): Expr {
  const left = value(n, f, e.left);
  if (left.kind === 'const' && (left.value === 1n) === (op === '||')) return left;
  let right: Expr | undefined;
  const effects = n.capture(() => {
    right = value(n, f, e.right);
  });
  if (effects.length === 0) return binary(op, left, right!, BOOL, e.span);
  const result = n.local('tmp', BOOL, e.span);
  assign(n, result, left, e.span);
  const more = [...effects, ...n.capture(() => assign(n, result, right!, e.span))];
  n.emit({
    kind: 'if',
    condition: op === '&&' ? result : not(result),
    yes: more,
    no: [],
    span: e.span,
  });
  return result;
}

function conditional(n: Normaliser, f: Frame, e: ast.ConditionalExpression, wanted: Type | undefined): Expr {
  const own = n.typeOf(f, e);
  const type = own.kind === 'int' && wanted ? wanted : own;
  const condition = value(n, f, e.condition);
  if (condition.kind === 'const') return value(n, f, condition.value === 1n ? e.whenTrue : e.whenFalse, type);
  let yes: Expr | undefined;
  let no: Expr | undefined;
  const whenTrue = n.capture(() => {
    yes = value(n, f, e.whenTrue, type);
  });
  const whenFalse = n.capture(() => {
    no = value(n, f, e.whenFalse, type);
  });
  if (whenTrue.length === 0 && whenFalse.length === 0) return mux(condition, yes!, no!, type, e.span);
  const result = n.local('tmp', type, e.span);
  n.emit({
    kind: 'if',
    condition,
    yes: [...whenTrue, ...n.capture(() => assign(n, result, yes!, e.span))],
    no: [...whenFalse, ...n.capture(() => assign(n, result, no!, e.span))],
    span: e.span,
  });
  return result;
}

function list(n: Normaliser, f: Frame, e: ast.ListExpression, wanted: Type | undefined): Expr {
  const type = wanted && partTypes(wanted).length > 0 ? wanted : n.typeOf(f, e);
  const parts = partTypes(type);
  const last = e.elements.at(-1);
  const given = last?.kind === 'DotsExpression' ? e.elements.slice(0, -1) : e.elements;
  const elements = inOrder(
    n,
    given.map((part, i) => () => value(n, f, part, parts[i])),
  );
  for (let i = elements.length; given !== e.elements && i < parts.length; i++) {
    elements.push(defaultValue(parts[i]!, e.span));
  }
  return { kind: 'list', type, elements, span: e.span };
}

function structure(n: Normaliser, f: Frame, e: ast.StructExpression, wanted: Type | undefined): Expr {
  const own = n.typeOf(f, e);
  const type = wanted && 'fields' in wanted ? wanted : own;
  if (!('fields' in type)) return n.unsupported('this struct literal', e.span, type);
  const values = inOrder(
    n,
    e.fields.map((field) => () => {
      const target = type.fields.find((candidate) => candidate.name === field.name.text);
      return value(n, f, field.value, target && underlying(target.type));
    }),
  );
  const byName = new Map(e.fields.map((field, i) => [field.name.text, values[i]!]));
  const elements = type.fields.map((field) => byName.get(field.name) ?? defaultValue(field.type, e.span));
  return { kind: 'list', type, elements, span: e.span };
}
