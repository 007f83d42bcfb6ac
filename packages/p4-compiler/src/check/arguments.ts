import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { checkAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { Inference } from './infer.js';
import type { Scope } from './scope.js';
import { isOptional, typedParameters } from './signatures.js';
import { type Bindings, isUnknown, sameType, substitute, typeText, unknownType } from './type-ops.js';
import type { ResolvedCall, Type } from './types.js';
import { isCompileTimeKnown, whyNoLValue } from './values.js';

/** Something that can be called, before its type parameters are known. */
export interface Callable {
  /** For messages: "function 'hash'". */
  readonly text: string;
  readonly params: readonly ast.Parameter[];
  readonly typeParams: readonly ast.TypeParameter[];
  /** What is known of type parameters around it: those of an extern's instance. */
  readonly bindings: Bindings;
  /** Arguments without a direction must be known at compile time: of constructors, and of actions in a table. */
  readonly directionlessIsConstant: boolean;
  /** Type parameters that nothing determines stay open: of a constructor whose methods' arguments will tell. */
  readonly mayStayOpen: boolean;
}

export interface Matched {
  readonly typeArgs: readonly Type[];
  /** All type parameters, those around included. */
  readonly bindings: Bindings;
  readonly args: ResolvedCall['args'];
}

/** Why these arguments do not fit these parameters in number and name (P4_16 §8.17); undefined if they do. */
export function mismatch(
  args: readonly ast.Argument[],
  callable: Callable,
): { message: string; span?: Span } | undefined {
  const { params, text } = callable;
  const named = args.filter((a) => a.name !== undefined);
  if (named.length > 0 && named.length < args.length) {
    return {
      message: 'either all arguments have names or none has',
      span: args.find((a) => a.name === undefined)!.span,
    };
  }
  const names = params.map((p) => p.name.text);
  const seen = new Set<string>();
  for (const { name } of named) {
    if (!names.includes(name!.text)) {
      const valid = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
      return { message: `${text} has no parameter '${name!.text}'; ${valid}`, span: name!.span };
    }
    if (seen.has(name!.text))
      return { message: `the argument '${name!.text}' is given twice`, span: name!.span };
    seen.add(name!.text);
  }
  if (named.length === 0) {
    if (args.length > params.length)
      return { message: wrongNumber(args, callable), span: args[params.length]!.span };
    for (let i = 0; i < args.length; i++) seen.add(names[i]!);
  }
  const missing = params.find((p) => !seen.has(p.name.text) && !isOptional(p));
  if (missing === undefined) return undefined;
  if (named.length > 0) return { message: `the argument '${missing.name.text}' of ${text} is missing` };
  return { message: `${wrongNumber(args, callable)}: '${missing.name.text}' is missing` };
}

function wrongNumber(args: readonly ast.Argument[], { params, text }: Callable): string {
  const least = params.filter((p) => !isOptional(p)).length;
  const number = least === params.length ? `${least}` : `${least} to ${params.length}`;
  return `${text} takes ${number} argument${number === '1' ? '' : 's'}, found ${args.length}`;
}

/** Types of the arguments' values, each checked once, in the order of the source. */
export function checkArgumentValues(
  context: Context,
  args: readonly ast.Argument[],
  scope: Scope,
): ReadonlyMap<ast.Argument, Type> {
  const types = new Map<ast.Argument, Type>();
  for (const arg of args)
    types.set(arg, arg.value === undefined ? unknownType : checkValue(context, arg.value, scope));
  return types;
}

/** Matches arguments to the parameters of the callable they fit in number and name, infers types, checks directions. */
export function matchArguments(
  context: Context,
  callable: Callable,
  typeArgs: readonly Type[],
  args: readonly ast.Argument[],
  argTypes: ReadonlyMap<ast.Argument, Type>,
  span: Span,
): Matched | undefined {
  const { typeParams, params } = callable;
  if (typeArgs.length > 0 && typeArgs.length !== typeParams.length) {
    const expected = typeParams.length === 0 ? 'no type arguments' : `${typeParams.length} type argument(s)`;
    context.error('P4C305', `${callable.text} takes ${expected}, found ${typeArgs.length}`, span);
    return undefined;
  }
  const argOf = (param: ast.Parameter, index: number): ast.Argument | undefined =>
    args.some((a) => a.name !== undefined) ? args.find((a) => a.name?.text === param.name.text) : args[index];
  const explicit = new Map(callable.bindings);
  const wanted: ast.TypeParameter[] = [];
  typeParams.forEach((param, i) => {
    const given = typeArgs[i];
    if (given !== undefined && !isUnknown(given)) explicit.set(param, given);
    else wanted.push(param);
  });
  const inference = new Inference(context, wanted);
  const typed = typedParameters(context, params, explicit);
  typed.forEach(({ type, param }, i) => {
    const arg = argOf(param, i);
    if (arg?.value !== undefined) inference.learn(type, argTypes.get(arg)!);
  });
  for (const param of inference.unresolved) {
    if (!callable.mayStayOpen && !args.some((a) => a.value !== undefined && isUnknown(argTypes.get(a)!))) {
      const name = param.name.text;
      context.error(
        'P4C308',
        `the type '${name}' of ${callable.text} cannot be told from its arguments; give it in <...>`,
        span,
      );
    }
    inference.bindings.set(param, unknownType);
  }
  if (!callable.mayStayOpen) checkInferred(context, callable, inference.bindings, span);
  const bindings = new Map([...explicit, ...inference.bindings]);
  const result = typed.map(({ param, type }, i) => {
    const arg = argOf(param, i);
    const paramType = substitute(type, inference.bindings);
    if (arg !== undefined) checkArgument(context, callable, param, paramType, arg, argTypes.get(arg)!);
    return { param, type: paramType, value: arg === undefined ? param.default : arg.value };
  });
  return { typeArgs: typeParams.map((p) => bindings.get(p) ?? unknownType), bindings, args: result };
}

/** What an argument without a type of its own cannot tell, and what no type parameter can be. */
function checkInferred(
  context: Context,
  { text }: Callable,
  bindings: ReadonlyMap<ast.TypeParameter, Type>,
  span: Span,
): void {
  for (const [param, type] of bindings) {
    const name = param.name.text;
    const found = `the type '${name}' of ${text}`;
    if (hasOpenWidth(type)) {
      context.error(
        'P4C308',
        `${found} cannot be told from a number without width; write it as in 32w5`,
        span,
      );
    } else if (type.kind === 'structLiteral') {
      context.error(
        'P4C308',
        `${found} cannot be told from { name = value }; cast it to a struct: (S){ ... }`,
        span,
      );
    } else if (
      ['table', 'action', 'parser', 'control', 'package', 'applyResult', 'actionRun', 'void'].includes(
        type.kind,
      )
    ) {
      context.error('P4C302', `${found} cannot be ${typeText(type)}`, span);
    }
  }
}

function hasOpenWidth(type: Type): boolean {
  return type.kind === 'int' || (type.kind === 'tuple' && type.elements.some(hasOpenWidth));
}

function checkArgument(
  context: Context,
  callable: Callable,
  param: ast.Parameter,
  type: Type,
  arg: ast.Argument,
  argType: Type,
): void {
  const { value } = arg;
  const name = param.name.text;
  if (value === undefined) {
    const allowed = param.direction === 'out' || isOptional(param) || callable.mayStayOpen;
    if (!allowed)
      context.error('P4C305', `'_' can stand only for an 'out' parameter, and '${name}' is none`, arg.span);
    return;
  }
  const what = `the argument '${name}' of ${callable.text}`;
  if (param.direction === 'out' || param.direction === 'inout') {
    const why = whyNoLValue(context, value);
    if (why !== undefined) {
      context.error(
        'P4C306',
        `${what} is '${param.direction}' and must be something to write to: ${why}`,
        value.span,
      );
    } else if (!sameType(argType, type)) {
      context.error('P4C302', `${what} must be ${typeText(type)}, found ${typeText(argType)}`, value.span);
    }
    return;
  }
  if (!checkAssignable(context, argType, type, what, value.span, value)) return;
  if (param.direction === 'in' && type.kind === 'string') {
    context.error(
      'P4C302',
      `${what} is 'in' and cannot be a string, which exists only at compile time`,
      value.span,
    );
  }
  if (param.direction === '' && callable.directionlessIsConstant && !isCompileTimeKnown(context, value)) {
    context.error('P4C307', `${what} must be known at compile time`, value.span);
  }
}
