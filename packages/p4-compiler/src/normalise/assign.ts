import type { Type } from '../check/types.js';
import { underlying } from '../elaborate/index.js';
import type { Span } from '../syntax/source.js';
import { binary, cast, constant, element, fieldsOf } from './build.js';
import type { Expr } from './core.js';
import type { Normaliser } from './normaliser.js';
import { hasHeaders, isScalarType, mentions } from './places.js';

/**
 * Writes `left = right` as assignments of fields and of whole headers, stacks and unions: the units that targets know.
 * A list is read before any part of it is written.
 */
export function assign(n: Normaliser, left: Expr, right: Expr, span: Span): void {
  const { type } = left;
  if (left.kind === 'slice') return assignSlice(n, left, right, span);
  if (isScalarType(type)) return n.emit({ kind: 'assign', left, right: cast(right, type, span), span });
  if (right.kind === 'mux') {
    const yes = n.capture(() => assign(n, left, right.yes, span));
    const no = n.capture(() => assign(n, left, right.no, span));
    return n.emit({ kind: 'if', condition: right.condition, yes, no, span });
  }
  if (right.kind === 'invalid') return invalidate(n, left, span);
  if (type.kind === 'header' && right.kind === 'list') {
    const values = settled(n, left, right.elements, span);
    n.emit({ kind: 'validity', header: left, valid: true, span });
    assignParts(n, left, values, span);
    return;
  }
  if (type.kind === 'header' && right.kind === 'stack') {
    // The last element of a stack is there by definition, and its fields can be read where the header cannot.
    n.emit({ kind: 'validity', header: left, valid: true, span });
    assignParts(n, left, fieldsOf(right), span);
    return;
  }
  if (type.kind === 'struct' || type.kind === 'tuple') {
    const values = right.kind === 'list' ? settled(n, left, right.elements, span) : fieldsOf(right);
    assignParts(n, left, values, span);
    return;
  }
  if (type.kind === 'headerStack' && right.kind === 'list') {
    const values = settled(n, left, right.elements, span);
    for (const [i, value] of values.entries()) assign(n, element(left, i, span), value, span);
    return;
  }
  n.emit({ kind: 'assign', left, right, span });
}

function assignParts(n: Normaliser, left: Expr, values: readonly Expr[], span: Span): void {
  fieldsOf(left).forEach((field, i) => {
    const value = values[i];
    if (value) assign(n, field, value, span);
  });
}

/** The elements of a list, saved first where one of them reads what is about to be written. */
function settled(n: Normaliser, left: Expr, elements: readonly Expr[], span: Span): readonly Expr[] {
  if (!elements.some((value) => mentions(value, left))) return elements;
  return elements.map((value) => (value.kind === 'const' ? value : saved(n, value, span)));
}

/** A fresh variable that holds the value which `value` has now. */
export function saved(n: Normaliser, value: Expr, span: Span, base = 'tmp'): Expr {
  const variable = n.local(base, value.type, span);
  assign(n, variable, value, span);
  return variable;
}

/** `target[hi:lo] = value` keeps the other bits of the target. */
function assignSlice(n: Normaliser, left: Expr & { kind: 'slice' }, right: Expr, span: Span): void {
  const { target, hi, lo } = left;
  const { type } = target;
  const mask = ((1n << BigInt(hi - lo + 1)) - 1n) << BigInt(lo);
  const keep = binary('&', target, constant(~mask, type, span), type, span);
  const shifted = binary('<<', cast(cast(right, left.type, span), type, span), amount(lo, span), type, span);
  const put = binary('&', shifted, constant(mask, type, span), type, span);
  assign(n, target, binary('|', keep, put, type, span), span);
}

function amount(lo: number, span: Span): Expr {
  return constant(BigInt(lo), { kind: 'int' }, span);
}

/** Makes every header in a place invalid; leaves its other fields alone (P4_16 §8.17). */
export function invalidate(n: Normaliser, place: Expr, span: Span): void {
  const { type } = place;
  if (type.kind === 'header') n.emit({ kind: 'validity', header: place, valid: false, span });
  else if (type.kind === 'headerStack') {
    for (let i = 0; i < type.size; i++) invalidate(n, element(place, i, span), span);
  } else {
    for (const field of fieldsOf(place)) if (hasHeaders(field.type)) invalidate(n, field, span);
  }
}

/** The value that `...` gives a field: zero, false, or invalid headers (P4_16 §8.26). */
export function defaultValue(type: Type, span: Span): Expr {
  const plain = underlying(type);
  if (plain.kind === 'struct') {
    return {
      kind: 'list',
      type: plain,
      elements: plain.fields.map((field) => defaultValue(field.type, span)),
      span,
    };
  }
  if (plain.kind === 'tuple') {
    return { kind: 'list', type: plain, elements: plain.elements.map((e) => defaultValue(e, span)), span };
  }
  if (hasHeaders(plain)) return { kind: 'invalid', type: plain, span };
  return constant(0n, plain, span);
}
