import type * as ast from '../syntax/ast.js';
import { checkAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import type { Scope } from './scope.js';
import { bitType, boolType, intType, typeText, unknownType, voidType, widthOf } from './type-ops.js';
import type { ResolvedCall, Type } from './types.js';
import { whyNoLValue } from './values.js';

/**
 * Methods that the language itself gives: of headers (P4_16 §8.18), header unions (§8.20), stacks (§8.19) and the
 * sizes of types (§9). Undefined if the type has no such method.
 */
export function builtinMethod(
  context: Context,
  call: ast.CallExpression,
  callee: ast.MemberExpression,
  target: Type,
  scope: Scope,
): Type | undefined {
  const method = callee.member.text;
  const isType = callee.target.kind === 'TypeNameExpression';
  if (/^(min|max)SizeIn(Bits|Bytes)$/.test(method)) return sizeOf(context, call, callee, target);
  if (isType) return undefined;
  if (target.kind === 'header' && (method === 'setValid' || method === 'setInvalid')) {
    needsLValue(context, callee);
    return finish(context, call, callee, noArguments(context, call, method, scope), voidType);
  }
  if ((target.kind === 'header' || target.kind === 'headerUnion') && method === 'isValid') {
    return finish(context, call, callee, noArguments(context, call, method, scope), boolType);
  }
  if (target.kind === 'headerStack' && (method === 'push_front' || method === 'pop_front')) {
    needsLValue(context, callee);
    return finish(context, call, callee, countArgument(context, call, method, scope), voidType);
  }
  return undefined;
}

function finish(
  context: Context,
  call: ast.CallExpression,
  callee: ast.MemberExpression,
  args: ResolvedCall['args'],
  returnType: Type,
): Type {
  context.types.set(callee, { kind: 'function' });
  context.calls.set(call, {
    target: { kind: 'builtin', object: callee.target, method: callee.member.text },
    typeArgs: [],
    args,
    returnType,
  });
  return returnType;
}

function needsLValue(context: Context, callee: ast.MemberExpression): void {
  const why = whyNoLValue(context, callee.target);
  if (why === undefined) return;
  context.error(
    'P4C306',
    `'${callee.member.text}' changes what it is called on, but ${why}`,
    callee.target.span,
  );
}

function noArguments(
  context: Context,
  call: ast.CallExpression,
  method: string,
  scope: Scope,
): ResolvedCall['args'] {
  for (const arg of call.args) if (arg.value !== undefined) checkValue(context, arg.value, scope);
  if (call.args.length > 0) {
    context.error('P4C305', `'${method}' takes no arguments, found ${call.args.length}`, call.args[0]!.span);
  }
  return [];
}

function countArgument(
  context: Context,
  call: ast.CallExpression,
  method: string,
  scope: Scope,
): ResolvedCall['args'] {
  const [arg] = call.args;
  if (arg?.value === undefined || call.args.length > 1) {
    context.error(
      'P4C305',
      `'${method}' takes the number of elements, found ${call.args.length} arguments`,
      call.span,
    );
    return [];
  }
  const { value } = arg;
  const type = checkValue(context, value, scope);
  const constant = context.constants.get(value);
  if (type.kind !== 'dontcare' && (constant?.kind !== 'int' || constant.value < 0n)) {
    context.error('P4C307', `'${method}' takes a number known at compile time and not negative`, value.span);
  } else if (type.kind !== 'int') {
    checkAssignable(
      context,
      type,
      type.kind === 'bit' ? type : bitType(32),
      `the argument of '${method}'`,
      value.span,
    );
  }
  const { span } = arg;
  const param: ast.Parameter = {
    kind: 'Parameter',
    annotations: [],
    direction: '',
    type: { kind: 'BaseType', base: 'int', span },
    name: { text: 'count', span },
    span,
  };
  context.declared.set(param, intType);
  return [{ param, type: intType, value }];
}

function sizeOf(
  context: Context,
  call: ast.CallExpression,
  callee: ast.MemberExpression,
  target: Type,
): Type | undefined {
  const method = callee.member.text;
  const bits = target.kind === 'typeVariable' ? undefined : widthOf(target, method.startsWith('max'));
  if (bits === undefined) {
    context.error('P4C304', `a value of type ${typeText(target)} has no size in bits`, callee.span);
    return unknownType;
  }
  if (call.args.length > 0) context.error('P4C305', `'${method}' takes no arguments`, call.args[0]!.span);
  const value = BigInt(method.endsWith('Bits') ? bits : Math.ceil(bits / 8));
  context.constants.set(call, { kind: 'int', value });
  return finish(context, call, callee, [], intType);
}
