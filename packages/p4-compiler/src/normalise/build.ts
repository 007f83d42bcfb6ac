import type { Type } from '../check/types.js';
import { foldInteger, integerOf, SYMBOL_WIDTH, underlying, widthOf, wrap } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import type { ConstExpr, Expr, Variable, VariableExpr } from './core.js';

/** Constructors of core expressions that fold constants and drop what does nothing. */

export const BOOL: Type = { kind: 'bool' };

export function bits(width: number): Type {
  return { kind: 'bit', width };
}

export function constant(value: bigint, type: Type, span: Span, name?: string): ConstExpr {
  return { kind: 'const', value: wrap(value, integerOf(type)), type, span, name };
}

export function boolean(value: boolean, span: Span): ConstExpr {
  return { kind: 'const', value: value ? 1n : 0n, type: BOOL, span };
}

export function variable(v: Variable, span: Span): VariableExpr {
  return { kind: 'variable', variable: v, type: v.type, span };
}

export function member(target: Expr, field: string, type: Type, span: Span): Expr {
  if (target.kind === 'list' && 'fields' in target.type) {
    const index = target.type.fields.findIndex((candidate) => candidate.name === field);
    const element = target.elements[index];
    if (element) return element;
  }
  return { kind: 'member', target, field, type, span };
}

/** Fields of a struct, header, union or tuple as expressions; elements of a tuple are called `f0`, `f1`, ... */
export function fieldsOf(target: Expr): readonly Expr[] {
  if (target.kind === 'list') return target.elements;
  const { type } = target;
  if (type.kind === 'tuple') {
    return type.elements.map((element, i) => member(target, `f${i}`, underlying(element), target.span));
  }
  if (type.kind === 'struct' || type.kind === 'header' || type.kind === 'headerUnion') {
    return type.fields.map((field) => member(target, field.name, underlying(field.type), target.span));
  }
  return [];
}

export function not(operand: Expr, span: Span = operand.span): Expr {
  if (operand.kind === 'const') return boolean(operand.value === 0n, span);
  if (operand.kind === 'unary' && operand.op === '!') return operand.operand;
  return { kind: 'unary', op: '!', operand, type: BOOL, span };
}

export function unary(op: '!' | '~' | '-', operand: Expr, type: Type, span: Span): Expr {
  if (op === '!') return not(operand, span);
  if (operand.kind === 'const') return constant(op === '~' ? ~operand.value : -operand.value, type, span);
  return { kind: 'unary', op, operand, type, span };
}

const COMPARISONS: ReadonlySet<ast.BinaryOperator> = new Set(['==', '!=', '<', '<=', '>', '>=']);

export function isComparison(op: ast.BinaryOperator): boolean {
  return COMPARISONS.has(op);
}

export function and(left: Expr, right: Expr, span: Span = left.span): Expr {
  return binary('&&', left, right, BOOL, span);
}

export function or(left: Expr, right: Expr, span: Span = left.span): Expr {
  return binary('||', left, right, BOOL, span);
}

export function binary(op: ast.BinaryOperator, left: Expr, right: Expr, type: Type, span: Span): Expr {
  const made: Expr = { kind: 'binary', op, left, right, type, span };
  if (op === '&&' || op === '||') return logical(op, left, right) ?? made;
  if (op === '++') return concatenation(left, right, type, span) ?? made;
  if (left.kind === 'const' && right.kind === 'const') {
    const value = foldInteger(op, left.value, right.value, integerOf(type));
    if (value !== undefined)
      return isComparison(op) ? boolean(value === 1n, span) : constant(value, type, span);
  }
  return neutral(op, left, right, type) ?? shifted(op, left, right, type, span) ?? made;
}

function logical(op: '&&' | '||', left: Expr, right: Expr): Expr | undefined {
  const decides = op === '&&' ? 0n : 1n;
  if (left.kind === 'const') return left.value === decides ? left : right;
  if (right.kind === 'const' && right.value !== decides) return left;
  return undefined;
}

function concatenation(left: Expr, right: Expr, type: Type, span: Span): Expr | undefined {
  if (left.kind !== 'const' || right.kind !== 'const') return undefined;
  const width = widthOf(right.type) ?? 0;
  return constant((left.value << BigInt(width)) | BigInt.asUintN(width, right.value), type, span);
}

/** `x + 0`, `x | 0`, `x << 0`, `x * 1`, `x & ~0`, `0 * x`, `0 >> x` and the like. */
function neutral(op: ast.BinaryOperator, left: Expr, right: Expr, type: Type): Expr | undefined {
  const absorbs = op === '*' || op === '&' || op === '<<' || op === '>>';
  if (absorbs && left.kind === 'const' && left.value === 0n) return left;
  if ((op === '*' || op === '&') && right.kind === 'const' && right.value === 0n)
    return constant(0n, type, right.span);
  if (right.kind !== 'const') return undefined;
  const zero = right.value === 0n;
  if (zero && (op === '+' || op === '-' || op === '|' || op === '^' || op === '<<' || op === '>>'))
    return left;
  if (right.value === 1n && (op === '*' || op === '/')) return left;
  if (op === '&' && type.kind === 'bit' && right.value === (1n << BigInt(type.width)) - 1n) return left;
  return undefined;
}

/** A shift by the whole width or more leaves nothing of an unsigned number. */
function shifted(op: ast.BinaryOperator, left: Expr, right: Expr, type: Type, span: Span): Expr | undefined {
  if ((op !== '<<' && op !== '>>') || right.kind !== 'const') return undefined;
  const width = widthOf(type);
  if (width === undefined || right.value < BigInt(width)) return undefined;
  if (op === '<<' || left.type.kind === 'bit') return constant(0n, type, span);
  return { kind: 'binary', op, left, right: { ...right, value: BigInt(width - 1) }, type, span };
}

export function slice(target: Expr, hi: number, lo: number, span: Span): Expr {
  const type = bits(hi - lo + 1);
  if (target.kind === 'const') return constant(target.value >> BigInt(lo), type, span);
  if (target.kind === 'slice') return slice(target.target, hi + target.lo, lo + target.lo, span);
  if (lo === 0 && target.type.kind === 'bit' && target.type.width === hi + 1) return target;
  return { kind: 'slice', target, hi, lo, type, span };
}

export function cast(operand: Expr, type: Type, span: Span = operand.span): Expr {
  const from = operand.type;
  if (sameShape(from, type)) return operand.type === type ? operand : retype(operand, type);
  if (operand.kind === 'const') {
    if (type.kind === 'bool') return boolean(operand.value !== 0n, span);
    return constant(operand.value, type, span);
  }
  return { kind: 'cast', operand, type, span };
}

/** Types whose values have the same form, so that a cast between them does nothing. */
function sameShape(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'bit' && b.kind === 'bit') return a.width === b.width;
  if (a.kind === 'fixedInt' && b.kind === 'fixedInt') return a.width === b.width;
  if (a.kind === 'varbit' && b.kind === 'varbit') return a.maxWidth === b.maxWidth;
  if (isNumbered(a)) return isNumbered(b) || (b.kind === 'bit' && b.width === SYMBOL_WIDTH);
  if (isNumbered(b)) return a.kind === 'bit' && a.width === SYMBOL_WIDTH;
  return isScalar(a) ? a.kind === 'bool' && b.kind === 'bool' : !isScalar(b);
}

function isScalar(type: Type): boolean {
  return type.kind === 'bit' || type.kind === 'fixedInt' || type.kind === 'int' || type.kind === 'bool';
}

function isNumbered(type: Type): boolean {
  return type.kind === 'enum' || type.kind === 'error';
}

/** Gives a list literal the struct type that its context demands; leaves places alone. */
function retype(operand: Expr, type: Type): Expr {
  return operand.kind === 'list' || operand.kind === 'const' ? { ...operand, type } : operand;
}

export function mux(condition: Expr, yes: Expr, no: Expr, type: Type, span: Span): Expr {
  if (condition.kind === 'const') return condition.value === 1n ? yes : no;
  return { kind: 'mux', condition, yes, no, type, span };
}

/** `left == right` for any type that P4 can compare (P4_16 §8.4 to §8.25). */
export function equal(left: Expr, right: Expr, span: Span): Expr {
  const type = left.kind === 'list' ? right.type : left.type;
  switch (type.kind) {
    case 'header': {
      const values = equalFields(left, right, span);
      const leftValid = validity(left, span);
      const rightValid = validity(right, span);
      return or(
        and(not(leftValid), not(rightValid), span),
        and(and(leftValid, rightValid, span), values, span),
        span,
      );
    }
    case 'struct':
    case 'tuple':
    case 'headerUnion':
    case 'structLiteral':
      return equalFields(left, right, span);
    case 'headerStack':
      return allOf(
        Array.from({ length: type.size }, (_, i) =>
          equal(element(left, i, span), element(right, i, span), span),
        ),
        span,
      );
    default:
      return binary('==', left, right, BOOL, span);
  }
}

function equalFields(left: Expr, right: Expr, span: Span): Expr {
  const others = fieldsOf(right);
  return allOf(
    fieldsOf(left).map((field, i) => equal(field, others[i] ?? field, span)),
    span,
  );
}

function allOf(conditions: readonly Expr[], span: Span): Expr {
  return conditions.reduce((all, next) => and(all, next, span), boolean(true, span));
}

/** The element of a stack at a known position. */
export function element(stack: Expr, index: number, span: Span): Expr {
  const type = stack.type.kind === 'headerStack' ? stack.type.element : stack.type;
  return { kind: 'index', target: stack, index: constant(BigInt(index), bits(32), span), type, span };
}

export function validity(header: Expr, span: Span): Expr {
  if (header.kind === 'list') return boolean(true, span);
  if (header.kind === 'invalid') return boolean(false, span);
  return { kind: 'valid', header, type: BOOL, span };
}
