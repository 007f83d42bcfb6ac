import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import type { Context } from './context.js';
import { alignParameters, signatureOf } from './signatures.js';
import { isFixed, isStructLike, isUnknown, representation, sameType, typeText } from './type-ops.js';
import type { Constant, Type } from './types.js';

/**
 * A value of type `from` may stand where `to` is expected: the types are equal or one of the implicit casts of
 * P4_16 §8.11.2 leads from one to the other.
 */
export function isAssignable(context: Context, from: Type, to: Type): boolean {
  if (sameType(from, to)) return true;
  switch (to.kind) {
    case 'bit':
    case 'fixedInt':
      if (from.kind === 'int') return true;
      return from.kind === 'serEnum' && isAssignable(context, from.underlying, to);
    case 'int':
      // p4c, too, lets a number of known width stand for an unsized one, whose value it is.
      return isFixed(from) || (from.kind === 'serEnum' && isFixed(representation(from)));
    case 'struct':
    case 'header':
    case 'headerUnion':
      return fillsStruct(context, from, to);
    case 'headerStack':
      if (from.kind !== 'tuple' || from.elements.length > to.size) return false;
      return from.elements.every((e) => isAssignable(context, e, to.element));
    case 'tuple':
      if (from.kind !== 'tuple' || !sameCount(from.elements, to.elements.length)) return false;
      return from.elements.every(
        (e, i) => i >= to.elements.length || isAssignable(context, e, to.elements[i]!),
      );
    case 'list':
      if (from.kind === 'tuple') return from.elements.every((e) => isAssignable(context, e, to.element));
      return from.kind === 'list' && isAssignable(context, from.element, to.element);
    case 'set':
      return isAssignable(context, from.kind === 'set' ? from.element : from, to.element);
    case 'parser':
    case 'control':
      return from.kind === to.kind && sameSignature(context, from, to);
    default:
      return false;
  }
}

/** As many values as places, or fewer that end in `...`: the rest takes default values. */
function sameCount(elements: readonly Type[], places: number): boolean {
  if (elements.length === places) return true;
  const last = elements.at(-1);
  return last !== undefined && isUnknown(last) && elements.length <= places + 1;
}

function fillsStruct(
  context: Context,
  from: Type,
  to: Type & { kind: 'struct' | 'header' | 'headerUnion' },
): boolean {
  if (to.kind === 'headerUnion') return false;
  if (from.kind === 'tuple') {
    const { elements } = from;
    if (!sameCount(elements, to.fields.length)) return false;
    return elements.every(
      (e, i) => to.fields[i] === undefined || isAssignable(context, e, to.fields[i]!.type),
    );
  }
  if (from.kind === 'structLiteral') {
    const open = from.fields.at(-1)?.name === '...';
    const given = from.fields.filter((f) => f.name !== '...');
    if (!open && given.length !== to.fields.length) return false;
    return given.every((f) => {
      const field = to.fields.find((other) => other.name === f.name);
      return field !== undefined && isAssignable(context, f.type, field.type);
    });
  }
  // Instances of one generic struct, whose arguments came from literals.
  if (isStructLike(from) && from.kind === to.kind && from.decl === to.decl) {
    return from.fields.every((f, i) => isAssignable(context, f.type, to.fields[i]!.type));
  }
  return false;
}

/** Two parsers or controls fit if their parameters agree in number, direction and type (P4_16 §7.2.12). */
function sameSignature(
  context: Context,
  from: Type & { kind: 'parser' | 'control' },
  to: Type & { kind: 'parser' | 'control' },
): boolean {
  const pairs = alignParameters(signatureOf(context, to), signatureOf(context, from));
  return pairs?.every(([want, have]) => sameType(want.type, have.type)) ?? false;
}

/** Reports it where `from` does not fit `to`; `what` names the place: "the value of 'x'". True where it fits. */
export function checkAssignable(
  context: Context,
  from: Type,
  to: Type,
  what: string,
  span: Span,
  expression?: ast.Expression,
): boolean {
  if (
    isAssignable(context, from, to) &&
    !(expression !== undefined && isTupleVariable(expression, from, to))
  ) {
    if (expression !== undefined) warnIfCut(context, expression, to);
    return true;
  }
  context.error(
    'P4C302',
    `${what} must be ${typeText(to)}, found ${typeText(from)}${whyNot(from, to)}`,
    span,
  );
  return false;
}

/** `{ a, b }` may fill a struct; a tuple that is not written out may not (P4_16 §8.12). */
function isTupleVariable(expression: ast.Expression, from: Type, to: Type): boolean {
  if (from.kind !== 'tuple' || !isStructLike(to)) return false;
  return (
    expression.kind === 'PathExpression' ||
    expression.kind === 'MemberExpression' ||
    expression.kind === 'CallExpression'
  );
}

function whyNot(from: Type, to: Type): string {
  if (isFixed(from) && isFixed(to)) return `; cast it: (${typeText(to)})`;
  if (from.kind === 'bit' && to.kind === 'bool' && from.width === 1) return '; cast it or compare it: x == 1';
  if (from.kind === 'bool' && to.kind === 'bit' && to.width === 1) return '; cast it: (bit<1>)';
  if (to.kind === 'newtype' || to.kind === 'serEnum') {
    if (from.kind === 'int' || isFixed(from)) return `; cast it: (${typeText(to)})`;
  }
  if (isStructLike(to) && from.kind === 'structLiteral') {
    const names = new Set(to.fields.map((f) => f.name));
    const extra = from.fields.find((f) => f.name !== '...' && !names.has(f.name));
    if (extra !== undefined) return `: ${to.name} has no field '${extra.name}'`;
    const given = new Set(from.fields.map((f) => f.name));
    const missing = to.fields.find((f) => !given.has(f.name));
    if (missing !== undefined) return `: the field '${missing.name}' is missing`;
  }
  if (isStructLike(to) && from.kind === 'tuple' && from.elements.length !== to.fields.length) {
    return `: ${to.name} has ${to.fields.length} fields, the list ${from.elements.length} values`;
  }
  return '';
}

/** P4_16 §8.11.2: a literal that does not fit its type loses its upper bits; that is worth a warning. */
function warnIfCut(context: Context, expression: ast.Expression, to: Type): void {
  const type = context.types.get(expression);
  const constant = context.constants.get(expression);
  if (type?.kind !== 'int' || constant?.kind !== 'int' || !isFixed(to)) return;
  const cut = wrap(constant.value, to);
  // -1 for all ones is a habit, and no mistake.
  const asSigned =
    to.kind === 'bit' && constant.value < 0n && BigInt.asIntN(to.width, cut) === constant.value;
  if (cut !== constant.value && !asSigned) {
    const message = `${constant.value} does not fit in ${typeText(to)} and becomes ${cut}`;
    context.diagnostics.warning('P4C312', message, expression.span);
  }
}

/** A number as the type holds it: modulo 2^W, two's complement if signed; `int` holds every number. */
export function wrap(value: bigint, type: Type): bigint {
  const base = representation(type);
  if (base.kind === 'bit') return BigInt.asUintN(base.width, value);
  if (base.kind === 'fixedInt') return BigInt.asIntN(base.width, value);
  return value;
}

/** `value`, which is assignable to `type`, as a constant of that type. */
export function convertConstant(value: Constant, type: Type): Constant {
  if (value.kind === 'int') return { kind: 'int', value: wrap(value.value, type) };
  if (isStructLike(type) && value.kind === 'list' && value.elements.length === type.fields.length) {
    return {
      kind: 'struct',
      fields: type.fields.map((f, i) => [f.name, convertConstant(value.elements[i]!, f.type)]),
    };
  }
  if (isStructLike(type) && value.kind === 'struct') {
    const given = new Map(value.fields);
    if (type.fields.some((f) => !given.has(f.name))) return value;
    return {
      kind: 'struct',
      fields: type.fields.map((f) => [f.name, convertConstant(given.get(f.name)!, f.type)]),
    };
  }
  if (type.kind === 'tuple' && value.kind === 'list' && value.elements.length === type.elements.length) {
    return { kind: 'list', elements: value.elements.map((e, i) => convertConstant(e, type.elements[i]!)) };
  }
  if (type.kind === 'list' && value.kind === 'list') {
    return { kind: 'list', elements: value.elements.map((e) => convertConstant(e, type.element)) };
  }
  return value;
}
