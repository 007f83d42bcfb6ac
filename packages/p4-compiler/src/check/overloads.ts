import type * as ast from '../syntax/ast.js';
import { type Callable, type Matched, mismatch } from './arguments.js';
import { isAssignable } from './assign.js';
import type { Context } from './context.js';
import { typedParameters } from './signatures.js';
import { unknownType } from './type-ops.js';
import type { ResolvedCall, Type } from './types.js';

/** One thing a call may mean: what is called, and what the call becomes if this is it. */
export interface Candidate {
  readonly callable: Callable;
  readonly resolve: (matched: Matched) => {
    readonly target: ResolvedCall['target'];
    readonly returnType: Type;
  };
}

/** The types of positional arguments tell forms apart that optional parameters make equal in number. */
function fitsTypes(
  context: Context,
  { params, bindings, typeParams }: Callable,
  args: readonly ast.Argument[],
  argTypes: ReadonlyMap<ast.Argument, Type>,
): boolean {
  const open = new Map(bindings);
  for (const param of typeParams) open.set(param, unknownType);
  const typed = typedParameters(context, params, open);
  return args.every(
    (arg, i) => arg.name !== undefined || isAssignable(context, argTypes.get(arg)!, typed[i]!.type),
  );
}

/** Overloads differ in the number and names of parameters, and hardly ever in types (P4_16 §6.9.1). */
export function chooseOverload(
  context: Context,
  candidates: readonly Candidate[],
  args: readonly ast.Argument[],
  argTypes: ReadonlyMap<ast.Argument, Type>,
  span: ast.Node['span'],
): Candidate | undefined {
  const first = candidates[0]!;
  const fitting = candidates.filter((c) => mismatch(args, c.callable) === undefined);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    // Without optional parameters to fill in is the better fit.
    const exact = fitting.filter((c) => c.callable.params.length === args.length);
    if (exact.length === 1) return exact[0];
    const byType = fitting.filter((c) => fitsTypes(context, c.callable, args, argTypes));
    if (byType.length === 1) return byType[0];
    context.error('P4C305', `the call of ${first.callable.text} is ambiguous: name its arguments`, span);
    return undefined;
  }
  if (candidates.length === 1) {
    const problem = mismatch(args, first.callable)!;
    context.error('P4C305', problem.message, problem.span ?? span);
    return undefined;
  }
  const forms = candidates.map((c) => `(${c.callable.params.map((p) => p.name.text).join(', ')})`);
  context.error(
    'P4C305',
    `no form of ${first.callable.text} takes these ${args.length} arguments; it takes ${forms.join(' or ')}`,
    span,
  );
  return undefined;
}
