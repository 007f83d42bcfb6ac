import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import { type Bindings, bind, substitute, unknownType } from './type-ops.js';
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

/** The parameters of a parser's or control's `apply`, with its type arguments filled in. */
export function signatureOf(context: Context, type: Type & { kind: 'parser' | 'control' }): TypedParameter[] {
  return typedParameters(context, type.decl.params, bind(type.decl.typeParams, type.typeArgs));
}
