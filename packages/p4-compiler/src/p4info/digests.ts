import { controlPlaneName, type Scope, substitute } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { type Context, Prefix, preamble } from './context.js';
import type { P4InfoLists } from './externs.js';

/** The type of the data of a v1model `digest<T>(receiver, data)` call. */
function digestType(context: Pick<Context, 'program'>, call: ast.CallExpression, scope: Scope) {
  const { checked, architecture } = context.program;
  const { target, typeArgs } = checked.callOf(call);
  if (architecture.digestExtern !== undefined) return undefined;
  if (target.kind !== 'externFunction' || target.decl.name.text !== 'digest') return undefined;
  const type = typeArgs[0];
  return type && substitute(type, scope.types);
}

/** A digest is named after the type of its data; undefined when the call is no digest or the type has no name. */
export function digestName(
  context: Pick<Context, 'program' | 'diagnostics'>,
  call: ast.CallExpression,
  scope: Scope,
): string | undefined {
  const type = digestType(context, call, scope);
  if (!type) return undefined;
  if (type.kind === 'struct' || type.kind === 'header') return controlPlaneName(type.decl);
  context.diagnostics.error(
    'P4C418',
    'the data of this digest has no named type for the control plane: give it a struct type, as in digest<my_digest_t>(...)',
    call.span,
  );
  return undefined;
}

/** Adds the digest of a call once for each type of data. Any extern call makes P4Info speak of types, as p4c does. */
export function addDigest(context: Context, info: P4InfoLists, call: ast.CallExpression, scope: Scope): void {
  context.types.touch();
  const type = digestType(context, call, scope);
  if (type?.kind !== 'struct' && type?.kind !== 'header') return;
  const name = controlPlaneName(type.decl);
  if (info.digests.some((digest) => digest?.preamble?.name === name)) return;
  info.digests.push({
    preamble: preamble(context, Prefix.DIGEST, name),
    typeSpec: context.types.describe(type, call),
  });
}
