import type { ResolvedCall, Type } from '../check/types.js';
import { substitute, typeText, underlying, widthOf } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { assign, saved } from './assign.js';
import { bits, cast, fieldsOf, slice } from './build.js';
import type { Expr } from './core.js';
import { value } from './expressions.js';
import type { Frame, Normaliser } from './normaliser.js';
import { inOrder } from './operands.js';
import { isFixedPlace, isScalarType } from './places.js';

/** Functions whose value arguments may be any expression; others get fields and constants only. */
const TAKES_EXPRESSIONS: ReadonlySet<string> = new Set([
  'verify',
  'assert',
  'assume',
  'packet_in.extract',
  'packet_in.advance',
  'packet_out.emit',
  'update_checksum',
  'update_checksum_with_payload',
  'verify_checksum',
  'verify_checksum_with_payload',
]);

/** A call of an extern. Those that give a value leave it in a variable. */
export function externCall(
  n: Normaliser,
  f: Frame,
  e: ast.CallExpression,
  call: ResolvedCall,
): Expr | undefined {
  const { target } = call;
  if (target.kind !== 'externFunction' && target.kind !== 'externMethod') return undefined;
  const typeArgs = call.typeArgs.map((type) => substitute(type, f.types));
  const name =
    target.kind === 'externMethod' ? `${target.extern.name}.${target.decl.name.text}` : target.decl.name.text;
  if (name === 'packet_in.lookahead') return lookahead(n, e, typeArgs[0]);
  if (name === 'static_assert') return undefined;
  const instance = target.kind === 'externMethod' ? instanceOf(n, f, target.object) : undefined;
  if (target.kind === 'externMethod' && !instance && !name.startsWith('packet_')) {
    return n.unsupported(`calling ${name} on this object`, e.span);
  }
  const { args, after } = externArguments(n, f, call, name, typeArgs);
  const result = resultOf(n, f, e, call);
  n.emit({ kind: 'extern', name, instance, args: result ? [...args, result] : args, typeArgs, span: e.span });
  for (const write of after) write();
  return result;
}

function resultOf(n: Normaliser, f: Frame, e: ast.CallExpression, call: ResolvedCall): Expr | undefined {
  const type = underlying(substitute(call.returnType, f.types));
  if (type.kind === 'void') return undefined;
  return n.local('tmp', type, e.span);
}

function instanceOf(n: Normaliser, f: Frame, object: ast.Expression) {
  if (object.kind !== 'PathExpression') return undefined;
  const decl = n.program.checked.declarationOf(object);
  return decl && n.instance(f, decl);
}

function externArguments(
  n: Normaliser,
  f: Frame,
  call: ResolvedCall,
  name: string,
  typeArgs: readonly Type[],
): { args: Expr[]; after: (() => void)[] } {
  const after: (() => void)[] = [];
  const given = inOrder(
    n,
    call.args.map(({ param, type, value: argument }) => () => {
      const wanted = underlying(substitute(type, f.types));
      if (argument) return value(n, f, argument, wanted.kind === 'typeVariable' ? undefined : wanted);
      // `_` receives what nobody reads.
      const unread = wanted.kind === 'typeVariable' ? underlying(typeArgs[0] ?? bits(1)) : wanted;
      return n.local(param.name.text, unread, param.span);
    }),
    (i) => call.args[i]!.param.direction !== '' && call.args[i]!.param.direction !== 'in',
  );
  const args = given.map((argument, i) => {
    const { direction } = call.args[i]!.param;
    if (direction === 'out' || direction === 'inout') return output(n, argument, direction, name, after);
    if (TAKES_EXPRESSIONS.has(name)) return argument;
    if (name === 'digest' && i === 1) return digestData(n, argument, typeArgs[0]);
    return simple(n, argument, name === 'hash');
  });
  return { args, after };
}

/** Targets write whole fields: anything else is written to a variable first and put in its place afterwards. */
function output(n: Normaliser, place: Expr, direction: string, name: string, after: (() => void)[]): Expr {
  if (isFixedPlace(place) || name === 'packet_in.extract' || !isScalarType(place.type)) return place;
  const { span } = place;
  const held = direction === 'inout' ? saved(n, place, span) : n.local('tmp', place.type, span);
  after.push(() => assign(n, place, held, span));
  return held;
}

/** A field, a constant or a list of such; `fieldsOnly` excludes an action's parameters too. */
function simple(n: Normaliser, argument: Expr, fieldsOnly: boolean): Expr {
  switch (argument.kind) {
    case 'const':
    case 'string':
      return argument;
    case 'list':
      return { ...argument, elements: argument.elements.map((part) => simple(n, part, fieldsOnly)) };
    case 'variable':
      if (argument.variable.role === 'actionData' && !fieldsOnly) return argument;
      break;
    default:
      break;
  }
  if (isFixedPlace(argument)) {
    const { type } = argument;
    const aggregate = type.kind === 'struct' || type.kind === 'tuple';
    if (!aggregate || isStandardMetadata(argument)) return argument;
    return {
      kind: 'list',
      type,
      elements: fieldsOf(argument).map((part) => simple(n, part, fieldsOnly)),
      span: argument.span,
    };
  }
  return saved(n, argument, argument.span);
}

function isStandardMetadata(e: Expr): boolean {
  return e.kind === 'variable' && e.variable.role === 'standardMetadata';
}

/**
 * A digest holds the values of the moment of the call, though a target may send it at the end of the pipeline and by
 * reference: they are copied into variables that nothing else writes.
 */
function digestData(n: Normaliser, data: Expr, type: Type | undefined): Expr {
  const wanted = type && underlying(type);
  const typed = data.kind === 'list' && wanted ? { ...data, type: wanted } : data;
  const parts = leaves(typed);
  const elements = parts.map((part) => saved(n, part, part.span, 'digest'));
  return { kind: 'list', type: typed.type, elements, span: data.span };
}

/** Scalars of an aggregate, in order. */
function leaves(e: Expr): readonly Expr[] {
  return isScalarType(e.type) || fieldsOf(e).length === 0 ? [e] : fieldsOf(e).flatMap(leaves);
}

/** `lookahead<T>()`: read as one number, then taken apart into the fields of T. */
function lookahead(n: Normaliser, e: ast.CallExpression, type: Type | undefined): Expr {
  const { span } = e;
  const target = type && underlying(type);
  const width = target && widthOf(target);
  if (!target || width === undefined || width === 0 || target.kind === 'varbit') {
    return n.unsupported(`lookahead of ${target ? typeText(target) : 'this type'}`, span);
  }
  const all = saved(n, { kind: 'lookahead', type: bits(width), span }, span, 'lookahead');
  return takeApart(all, target, width).value;
}

/** `lookahead<bit<W>>()` standing alone, which a target can assign or select on as it is. */
export function plainLookahead(n: Normaliser, f: Frame, e: ast.Expression): Expr | undefined {
  if (e.kind !== 'CallExpression') return undefined;
  const { target, typeArgs } = n.program.checked.callOf(e);
  if (target.kind !== 'externMethod' || target.extern.name !== 'packet_in') return undefined;
  if (target.decl.name.text !== 'lookahead' || !typeArgs[0]) return undefined;
  const type = underlying(substitute(typeArgs[0], f.types));
  return type.kind === 'bit' ? { kind: 'lookahead', type, span: e.span } : undefined;
}

/** Takes `type` from the bits of `all` that end at `end`, counted from the least significant one. */
function takeApart(all: Expr, type: Type, end: number): { value: Expr; rest: number } {
  const { span } = all;
  const parts =
    type.kind === 'tuple'
      ? type.elements
      : 'fields' in type
        ? type.fields.map((field) => field.type)
        : undefined;
  if (!parts) {
    const width = widthOf(type) ?? 1;
    return { value: cast(slice(all, end - 1, end - width, span), type, span), rest: end - width };
  }
  let rest = end;
  const elements = parts.map((part) => {
    const taken = takeApart(all, underlying(part), rest);
    rest = taken.rest;
    return taken.value;
  });
  return { value: { kind: 'list', type, elements, span }, rest };
}
