import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import type { Scope } from './scope.js';
import { isUnknown, typeText, widthOf } from './type-ops.js';
import type { ResolvedCall, Type } from './types.js';

/** Rules for calls of core.p4 that its declarations cannot say (P4_16 §13.8, §15). */
export function checkCoreCall(
  context: Context,
  call: ast.CallExpression,
  resolved: ResolvedCall,
  scope: Scope,
): void {
  const { target } = resolved;
  if (target.kind === 'externFunction') {
    if (target.decl.name.text === 'verify' && scope.place !== 'parser' && scope.place !== 'function') {
      context.error('P4C313', "'verify' can be called only in a parser", call.span);
    }
    return;
  }
  if (target.kind !== 'externMethod') return;
  const method = `${target.extern.name}.${target.decl.name.text}`;
  const first = resolved.args[0];
  if (method === 'packet_in.extract' && first !== undefined) checkExtract(context, call, resolved.args);
  else if (method === 'packet_in.lookahead') {
    const type = resolved.returnType;
    if (
      !isUnknown(type) &&
      type.kind !== 'typeVariable' &&
      (widthOf(type) === undefined || hasVarbit(type))
    ) {
      context.error('P4C302', `'lookahead' reads a type of fixed width, found ${typeText(type)}`, call.span);
    }
  } else if (method === 'packet_out.emit' && first !== undefined) {
    if (!isUnknown(first.type) && !holdsHeaders(first.type)) {
      const span = first.value?.span ?? call.span;
      context.error('P4C302', `'emit' writes headers, found ${typeText(first.type)}`, span);
    }
  }
}

function checkExtract(context: Context, call: ast.CallExpression, args: ResolvedCall['args']): void {
  const { type, value } = args[0]!;
  if (isUnknown(type) || type.kind === 'typeVariable') return;
  const span = value?.span ?? call.span;
  if (type.kind !== 'header') {
    context.error('P4C302', `'extract' reads into a header, found ${typeText(type)}`, span);
  } else if (type.fields.filter((f) => f.type.kind === 'varbit').length > 1) {
    context.error('P4C302', `${type.name} has several varbit fields, and 'extract' fills one at most`, span);
  } else if (args.length === 1 && hasVarbit(type)) {
    const message = `${type.name} has a varbit field: give 'extract' its size in bits as second argument`;
    context.error('P4C302', message, span);
  } else if (args.length === 2 && !hasVarbit(type)) {
    context.error(
      'P4C302',
      `${type.name} has no varbit field, whose size would be the second argument`,
      span,
    );
  }
}

export function hasVarbit(type: Type): boolean {
  switch (type.kind) {
    case 'varbit':
      return true;
    case 'struct':
    case 'header':
    case 'headerUnion':
      return type.fields.some((f) => hasVarbit(f.type));
    case 'headerStack':
      return hasVarbit(type.element);
    default:
      return false;
  }
}

function holdsHeaders(type: Type): boolean {
  switch (type.kind) {
    case 'header':
    case 'headerUnion':
    case 'headerStack':
    case 'typeVariable':
    case 'dontcare':
      return true;
    case 'struct':
    case 'structLiteral':
      return type.fields.every((f) => holdsHeaders(f.type));
    case 'tuple':
      return type.elements.every(holdsHeaders);
    default:
      return false;
  }
}
