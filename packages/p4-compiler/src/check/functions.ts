import type * as ast from '../syntax/ast.js';
import { checkAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { resolveValueType } from './resolve.js';
import { Scope } from './scope.js';
import { alwaysLeaves, checkBlock } from './statements.js';
import { isUnknown, typeText, voidType } from './type-ops.js';
import type { Type } from './types.js';
import { isCompileTimeKnown } from './values.js';

export function declareTypeParameters(
  context: Context,
  params: readonly ast.TypeParameter[],
  scope: Scope,
): void {
  for (const param of params) {
    context.declared.set(param, { kind: 'typeVariable', decl: param });
    // A type parameter has no annotations; every other declaration that a scope holds has.
    context.declare(scope, param);
  }
}

/** Types and default values of parameters; puts them into `scope`. */
export function checkParameters(
  context: Context,
  params: readonly ast.Parameter[],
  scope: Scope,
  owner: 'function' | 'action' | 'block' | 'constructor' | 'package' = 'function',
): void {
  for (const param of params) {
    const type = resolveValueType(context, param.type, scope);
    context.declared.set(param, type);
    if (owner === 'constructor') {
      context.compileTimeParameters.add(param);
      if (param.direction !== '') {
        const message = `a constructor's parameter has no direction, found '${param.direction}'`;
        context.error('P4C314', message, param.span);
      }
    }
    const why = whyNoParameter(type, param.direction, owner);
    if (why !== undefined)
      context.error('P4C314', `'${param.name.text}' is ${typeText(type)}: ${why}`, param.span);
    if (param.default !== undefined) checkDefault(context, param, scope);
    context.declare(scope, param);
  }
}

function whyNoParameter(type: Type, direction: string, owner: string): string | undefined {
  switch (type.kind) {
    case 'void':
      return 'it has no values';
    case 'extern':
      if (owner === 'action') return 'an action uses the instances around it and has none as a parameter';
      return direction === '' ? undefined : 'an instance can have no direction';
    case 'parser':
    case 'control':
    case 'package':
      if (owner === 'package') return undefined;
      // A block may be given to a constructor where only its type is named.
      if (
        owner === 'constructor' &&
        (type.decl.kind === 'ParserTypeDeclaration' || type.decl.kind === 'ControlTypeDeclaration')
      )
        return undefined;
      return 'only constructors have blocks as parameters, and name their type';
    case 'int':
      if (owner === 'action') return 'an action takes values of known width';
      return direction === ''
        ? undefined
        : 'a value of no width exists only at compile time and has no direction';
    case 'string':
      return direction === '' ? undefined : 'a string exists only at compile time and has no direction';
    default:
      return undefined;
  }
}

function checkDefault(context: Context, param: ast.Parameter, scope: Scope): void {
  const value = param.default!;
  const type = context.declared.get(param)!;
  const found = checkValue(context, value, scope);
  const what = `the default of '${param.name.text}'`;
  if (param.direction === 'out' || param.direction === 'inout') {
    context.error(
      'P4C314',
      `'${param.name.text}' is '${param.direction}' and can have no default value`,
      value.span,
    );
  } else if (type.kind !== 'typeVariable') checkAssignable(context, found, type, what, value.span, value);
  if (!isUnknown(found) && !isCompileTimeKnown(context, value)) {
    context.error('P4C307', `${what} must be known at compile time`, value.span);
  }
}

/** A prototype: of an extern function, a method, a function. Gives the scope with its parameters. */
export function checkSignature(context: Context, signature: ast.Signature, scope: Scope): Scope {
  const inner = new Scope(scope);
  declareTypeParameters(context, signature.typeParams, inner);
  resolveValueType(context, signature.returnType, inner);
  checkParameters(context, signature.params, inner);
  return inner;
}

export function checkFunction(context: Context, decl: ast.FunctionDeclaration, scope: Scope): void {
  const outer = checkSignature(context, decl, scope);
  const returnType = context.nodeTypes.get(decl.returnType)!;
  for (const param of decl.params) if (param.direction === '') context.compileTimeParameters.add(param);
  checkBlock(context, decl.body, new Scope(outer, { place: 'function', returnType }));
  if (returnType.kind !== 'void' && !isUnknown(returnType) && !alwaysLeaves(decl.body)) {
    const message = `'${decl.name.text}' can end without returning a value of type ${typeText(returnType)}`;
    context.error('P4C313', message, decl.name.span);
  }
}

export function checkAction(context: Context, decl: ast.ActionDeclaration, scope: Scope): void {
  const inner = new Scope(scope, { place: 'action', returnType: voidType });
  checkParameters(context, decl.params, inner, 'action');
  // What the control plane gives comes last (P4_16 §14.1).
  const firstData = decl.params.findIndex((p) => p.direction === '');
  const late = firstData === -1 ? undefined : decl.params.slice(firstData).find((p) => p.direction !== '');
  if (late !== undefined) {
    const message = `'${late.name.text}' has a direction and must come before the parameters without one`;
    context.error('P4C314', message, late.span);
  }
  checkBlock(context, decl.body, inner);
  context.declare(scope, decl);
}
