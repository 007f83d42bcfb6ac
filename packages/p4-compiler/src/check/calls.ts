import type * as ast from '../syntax/ast.js';
import { type Callable, checkArgumentValues, type Matched, matchArguments, mismatch } from './arguments.js';
import { builtinMethod } from './builtins.js';
import { type Context, declarationText } from './context.js';
import { checkExpression } from './expressions.js';
import { unknownMember } from './members.js';
import { resolveType } from './resolve.js';
import type { Scope } from './scope.js';
import { bind, isUnknown, substitute, typeText, unknownType, voidType } from './type-ops.js';
import type { ResolvedCall, Type } from './types.js';

const none: ReadonlyMap<ast.TypeParameter, Type> = new Map();

/** One thing a call may mean: what is called, and what the call becomes if this is it. */
interface Candidate {
  readonly callable: Callable;
  readonly resolve: (matched: Matched) => {
    readonly target: ResolvedCall['target'];
    readonly returnType: Type;
  };
}

export function checkCall(context: Context, call: ast.CallExpression, scope: Scope): Type {
  const { callee } = call;
  let candidates: readonly Candidate[] | undefined;
  let builtin: Type | undefined;
  if (callee.kind === 'PathExpression') candidates = pathCandidates(context, callee, scope);
  else if (callee.kind === 'MemberExpression') {
    const target = checkExpression(context, callee.target, scope);
    const found = memberCandidates(context, call, callee, target, scope);
    if (Array.isArray(found)) candidates = found;
    else builtin = found as Type | undefined;
  } else {
    checkExpression(context, callee, scope);
    context.error('P4C304', 'only a function, a method or an action can be called', callee.span);
  }
  if (builtin !== undefined) return builtin;
  const typeArgs = call.typeArgs.map((t) => resolveType(context, t, scope));
  const argTypes = checkArgumentValues(context, call.args, scope);
  if (candidates === undefined || candidates.length === 0) return unknownType;
  context.types.set(
    callee,
    callee.kind === 'PathExpression' ? calleeType(context, callee) : { kind: 'function' },
  );

  const chosen = chooseOverload(context, candidates, call.args, call.span);
  if (chosen === undefined) return unknownType;
  const matched = matchArguments(context, chosen.callable, typeArgs, call.args, argTypes, call.span);
  if (matched === undefined) return unknownType;
  const { target, returnType } = chosen.resolve(matched);
  context.calls.set(call, { target, typeArgs: matched.typeArgs, args: matched.args, returnType });
  if (target.kind === 'externFunction') {
    if (callee.kind === 'PathExpression') context.declarations.set(callee, target.decl);
    if (target.decl.name.text === 'static_assert') staticAssert(context, call, matched);
    const deprecated = target.decl.annotations.find((a) => a.name === 'deprecated');
    if (deprecated !== undefined) {
      const why = deprecated.args?.[0]?.kind === 'StringLiteral' ? `: ${deprecated.args[0].value}` : '';
      context.diagnostics.warning(
        'P4C316',
        `'${target.decl.name.text}' in this form is deprecated${why}`,
        call.span,
      );
    }
  } else if (target.kind === 'function' && callee.kind === 'PathExpression') {
    context.declarations.set(callee, target.decl);
  }
  return returnType;
}

function calleeType(context: Context, callee: ast.PathExpression): Type {
  const decl = context.declarations.get(callee);
  return decl?.kind === 'ActionDeclaration' ? { kind: 'action', decl } : { kind: 'function' };
}

/** Overloads differ in the number and names of parameters, never in types (P4_16 §6.9.1). */
function chooseOverload(
  context: Context,
  candidates: readonly Candidate[],
  args: readonly ast.Argument[],
  span: ast.Node['span'],
): Candidate | undefined {
  const first = candidates[0]!;
  const fitting = candidates.filter((c) => mismatch(args, c.callable) === undefined);
  if (fitting.length === 1) return fitting[0];
  if (fitting.length > 1) {
    // Without optional parameters to fill in is the better fit.
    const exact = fitting.filter((c) => c.callable.params.length === args.length);
    if (exact.length === 1) return exact[0];
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

function pathCandidates(context: Context, callee: ast.PathExpression, scope: Scope): Candidate[] | undefined {
  const found = context.lookup(callee.name, callee.absolute, scope);
  const candidates: Candidate[] = [];
  for (const decl of found) {
    context.declarations.set(callee, decl);
    if (decl.kind === 'FunctionDeclaration' || decl.kind === 'ExternFunctionDeclaration') {
      candidates.push(functionCandidate(context, decl));
    } else if (decl.kind === 'ActionDeclaration') {
      if (scope.place !== 'control' && scope.place !== 'action') {
        context.error('P4C313', `an action can be called only in a control or another action`, callee.span);
        return undefined;
      }
      candidates.push({
        callable: plain(`action '${decl.name.text}'`, decl.params),
        resolve: () => ({ target: { kind: 'action', decl }, returnType: voidType }),
      });
    } else {
      const hint =
        decl.kind === 'TableDeclaration' || decl.kind === 'InstanceDeclaration' ? '; is .apply missing?' : '';
      context.error('P4C304', `${declarationText(decl)} cannot be called${hint}`, callee.span);
      return undefined;
    }
  }
  return candidates;
}

function functionCandidate(
  context: Context,
  decl: ast.FunctionDeclaration | ast.ExternFunctionDeclaration,
): Candidate {
  const isExtern = decl.kind === 'ExternFunctionDeclaration';
  return {
    callable: {
      text: `function '${decl.name.text}'`,
      params: decl.params,
      typeParams: decl.typeParams,
      bindings: none,
      // Architectures differ: the back end says which of its externs' arguments must be constant.
      directionlessIsConstant: false,
      mayStayOpen: false,
    },
    resolve: ({ bindings }) => ({
      target: isExtern ? { kind: 'externFunction', decl } : { kind: 'function', decl },
      returnType: substitute(context.nodeTypes.get(decl.returnType) ?? unknownType, bindings),
    }),
  };
}

function plain(text: string, params: readonly ast.Parameter[], bindings = none): Callable {
  return { text, params, typeParams: [], bindings, directionlessIsConstant: false, mayStayOpen: false };
}

function memberCandidates(
  context: Context,
  call: ast.CallExpression,
  callee: ast.MemberExpression,
  target: Type,
  scope: Scope,
): Candidate[] | Type | undefined {
  const name = callee.member.text;
  const object = callee.target;
  if (isUnknown(target)) return undefined;
  if (target.kind === 'extern' && object.kind !== 'TypeNameExpression') {
    const methods = target.decl.methods.filter((m) => m.name.text === name && !m.isConstructor);
    if (methods.length === 0) {
      unknownMember(context, callee, target, methodNames(target.decl, name));
      return undefined;
    }
    return methods.map((decl) => methodCandidate(context, decl, object, target));
  }
  if (target.kind === 'table' && name === 'apply') {
    if (scope.place !== 'control' && scope.place !== 'table') {
      context.error('P4C313', `a table can be applied only in the apply block of a control`, callee.span);
    }
    const { decl } = target;
    return [
      {
        callable: plain(`the apply of table '${decl.name.text}'`, []),
        resolve: () => ({
          target: { kind: 'tableApply', object, decl },
          returnType: { kind: 'applyResult', decl },
        }),
      },
    ];
  }
  if ((target.kind === 'parser' || target.kind === 'control') && name === 'apply') {
    return applyCandidate(context, callee, target, scope);
  }
  const builtin = builtinMethod(context, call, callee, target, scope);
  if (builtin !== undefined) return builtin;
  if (target.kind === 'extern') {
    context.error(
      'P4C304',
      `'${name}' is a method of an instance, not of the type ${target.name}`,
      callee.span,
    );
    return undefined;
  }
  unknownMember(context, callee, target, memberNames(target));
  return undefined;
}

function methodNames(decl: ast.ExternObjectDeclaration, except: string): string[] {
  return [...new Set(decl.methods.filter((m) => !m.isConstructor).map((m) => m.name.text))].filter(
    (n) => n !== except,
  );
}

function memberNames(type: Type): string[] {
  if (type.kind === 'header') return ['isValid', 'setValid', 'setInvalid', 'minSizeInBits', 'minSizeInBytes'];
  if (type.kind === 'headerUnion') return ['isValid'];
  if (type.kind === 'headerStack') return ['push_front', 'pop_front'];
  if (type.kind === 'table' || type.kind === 'parser' || type.kind === 'control') return ['apply '];
  return [];
}

function methodCandidate(
  context: Context,
  decl: ast.ExternMethod,
  object: ast.Expression,
  extern: Type & { kind: 'extern' },
): Candidate {
  return {
    callable: {
      text: `${extern.name}.${decl.name.text}`,
      params: decl.params,
      typeParams: decl.typeParams,
      bindings: bind(extern.decl.typeParams, extern.typeArgs),
      directionlessIsConstant: false,
      mayStayOpen: false,
    },
    resolve: ({ bindings }) => ({
      target: { kind: 'externMethod', object, decl, extern },
      returnType: substitute(context.nodeTypes.get(decl.returnType) ?? unknownType, bindings),
    }),
  };
}

function applyCandidate(
  context: Context,
  callee: ast.MemberExpression,
  type: Type & { kind: 'parser' | 'control' },
  scope: Scope,
): Candidate[] | undefined {
  if (scope.place !== type.kind) {
    const where = type.kind === 'parser' ? 'a state of another parser' : 'the apply block of another control';
    context.error('P4C313', `a ${type.kind} can be applied only in ${where}`, callee.span);
    return undefined;
  }
  const object = callee.target;
  const { decl } = type;
  if (object.kind === 'TypeNameExpression') {
    const constructs = decl.kind === 'ParserDeclaration' || decl.kind === 'ControlDeclaration';
    if (!constructs || decl.constructorParams.some((p) => p.default === undefined)) {
      const why = constructs ? 'needs constructor arguments' : 'is only a type';
      context.error(
        'P4C305',
        `${declarationText(decl)} ${why}; make an instance and apply that`,
        callee.span,
      );
      return undefined;
    }
  }
  return [
    {
      callable: plain(
        `the apply of ${declarationText(decl)}`,
        decl.params,
        bind(decl.typeParams, type.typeArgs),
      ),
      resolve: () => ({ target: { kind: 'blockApply', object, type }, returnType: voidType }),
    },
  ];
}

/** `T(args)`: an instance without a name. */
export function checkConstructor(context: Context, e: ast.ConstructorExpression, scope: Scope): Type {
  return resolveConstructor(context, e, e.type, e.args, scope);
}

/** An instance of an extern, parser, control or package from constructor arguments; gives its type. */
export function resolveConstructor(
  context: Context,
  key: ast.ConstructorExpression | ast.InstanceDeclaration,
  typeNode: ast.NamedType,
  args: readonly ast.Argument[],
  scope: Scope,
): Type {
  const type = resolveType(context, typeNode, scope);
  const argTypes = checkArgumentValues(context, args, scope);
  if (isUnknown(type)) return unknownType;
  const parameterLists = constructorParameters(context, type, typeNode);
  if (parameterLists === undefined) return unknownType;
  const { decl } = type as Type & { kind: 'extern' | 'parser' | 'control' | 'package' };
  // `E<T>(...)` gives the type parameters, `E(...)` leaves them to inference.
  const given = typeNode.typeArgs.length > 0 || context.declarations.get(typeNode) !== decl;
  const known = given ? (type as Type & { kind: 'extern' }).typeArgs : [];
  const candidates = parameterLists.map(
    (params): Candidate => ({
      callable: {
        text: `the constructor of ${typeNode.name.text}`,
        params,
        typeParams: decl.typeParams,
        bindings: none,
        directionlessIsConstant: true,
        mayStayOpen: true,
      },
      resolve: ({ typeArgs }) => {
        const returnType = substitute(type, bind(decl.typeParams, typeArgs));
        return { target: { kind: 'constructor', type: returnType }, returnType };
      },
    }),
  );
  const chosen = chooseOverload(context, candidates, args, key.span);
  if (chosen === undefined) return unknownType;
  const matched = matchArguments(context, chosen.callable, known, args, argTypes, key.span);
  if (matched === undefined) return unknownType;
  const returnType = given ? type : chosen.resolve(matched).returnType;
  const filled = returnTypeWith(returnType, decl.typeParams, matched);
  context.calls.set(key, {
    target: { kind: 'constructor', type: filled },
    typeArgs: matched.typeArgs,
    args: matched.args,
    returnType: filled,
  });
  return filled;
}

/** `E<_>(...)`: what `_` left open is filled in from the arguments. */
function returnTypeWith(type: Type, params: readonly ast.TypeParameter[], matched: Matched): Type {
  if (params.length === 0) return type;
  return { ...(type as Type & { kind: 'extern' }), typeArgs: matched.typeArgs } as Type;
}

function constructorParameters(
  context: Context,
  type: Type,
  node: ast.NamedType,
): readonly (readonly ast.Parameter[])[] | undefined {
  switch (type.kind) {
    case 'extern': {
      const constructors = type.decl.methods.filter((m) => m.isConstructor).map((m) => m.params);
      if (constructors.length > 0) return constructors;
      context.error(
        'P4C304',
        `extern ${type.name} has no constructor: the architecture gives its instances`,
        node.span,
      );
      return undefined;
    }
    case 'package':
      return [type.decl.params];
    case 'parser':
    case 'control':
      if (type.decl.kind === 'ParserDeclaration' || type.decl.kind === 'ControlDeclaration') {
        return [type.decl.constructorParams];
      }
      context.error(
        'P4C304',
        `${declarationText(type.decl)} has no body and cannot be instantiated`,
        node.span,
      );
      return undefined;
    default:
      context.error(
        'P4C304',
        `only an extern, parser, control or package can be instantiated, found ${typeText(type)}`,
        node.span,
      );
      return undefined;
  }
}

function staticAssert(context: Context, call: ast.CallExpression, { args }: Matched): void {
  const check = args[0]?.value;
  const value = check === undefined ? undefined : context.constants.get(check);
  if (value?.kind !== 'bool') return;
  if (!value.value) {
    const text = args[1]?.value === undefined ? undefined : context.constants.get(args[1].value);
    context.error(
      'P4C317',
      `static_assert failed${text?.kind === 'string' ? `: ${text.value}` : ''}`,
      call.span,
    );
  }
  context.constants.set(call, { kind: 'bool', value: true });
}
