import type * as ast from '../syntax/ast.js';
import { type Callable, checkArgumentValues, type Matched, matchArguments } from './arguments.js';
import { builtinMethod } from './builtins.js';
import { type Context, declarationText } from './context.js';
import { checkCoreCall } from './core-library.js';
import { checkExpression } from './expressions.js';
import { unknownMember } from './members.js';
import { type Candidate, chooseOverload } from './overloads.js';
import { resolveType } from './resolve.js';
import type { Scope } from './scope.js';
import { bind, isUnknown, substitute, unknownType, voidType } from './type-ops.js';
import type { Type } from './types.js';

const none: ReadonlyMap<ast.TypeParameter, Type> = new Map();

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

  const chosen = chooseOverload(context, candidates, call.args, argTypes, call.span);
  if (chosen === undefined) return unknownType;
  const matched = matchArguments(context, chosen.callable, typeArgs, call.args, argTypes, call.span);
  if (matched === undefined) return unknownType;
  const { target, returnType } = chosen.resolve(matched);
  const resolved = { target, typeArgs: matched.typeArgs, args: matched.args, returnType };
  context.calls.set(call, resolved);
  checkCoreCall(context, call, resolved, scope);
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
