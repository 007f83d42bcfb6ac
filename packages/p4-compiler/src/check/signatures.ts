import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import { type Bindings, bind, sameType, substitute, unknownType } from './type-ops.js';
import type { Type } from './types.js';

export interface TypedParameter {
  readonly param: ast.Parameter;
  readonly direction: ast.Parameter['direction'];
  readonly type: Type;
}

export function typedParameters(
  context: Context,
  params: readonly ast.Parameter[],
  bindings: Bindings,
): TypedParameter[] {
  return params.map((param) => ({
    param,
    direction: param.direction,
    type: substitute(context.declared.get(param) ?? unknownType, bindings),
  }));
}

export function isOptional(param: ast.Parameter): boolean {
  return param.default !== undefined || param.annotations.some((a) => a.name === 'optional');
}

/**
 * Pairs what a type asks for with what a block has: equal in order, direction and type, except that a block may lack
 * parameters that are optional. Undefined where they do not agree.
 */
export function alignParameters(
  wanted: readonly TypedParameter[],
  given: readonly TypedParameter[],
): (readonly [TypedParameter, TypedParameter])[] | undefined {
  const pairs: (readonly [TypedParameter, TypedParameter])[] = [];
  let next = 0;
  for (const want of wanted) {
    const have = given[next];
    if (have !== undefined && have.direction === want.direction && mayAgree(want.type, have.type)) {
      pairs.push([want, have]);
      next++;
    } else if (!isOptional(want.param)) return undefined;
  }
  return next === given.length ? pairs : undefined;
}

/** Equal, or perhaps equal once the type variables in them are known. */
function mayAgree(want: Type, have: Type): boolean {
  if (want.kind === 'typeVariable' || have.kind === 'typeVariable') return true;
  return sameType(want, have) || (want.kind === have.kind && isGeneric(want));
}

function isGeneric(type: Type): boolean {
  return 'typeArgs' in type ? type.typeArgs.length > 0 : type.kind === 'tuple' || type.kind === 'headerStack';
}

/** The parameters of a parser's or control's `apply`, with its type arguments filled in. */
export function signatureOf(context: Context, type: Type & { kind: 'parser' | 'control' }): TypedParameter[] {
  return typedParameters(context, type.decl.params, bind(type.decl.typeParams, type.typeArgs));
}
