import type * as ast from '../syntax/ast.js';
import { checkControl, checkParser } from './blocks.js';
import type { Context } from './context.js';
import {
  checkAction,
  checkFunction,
  checkParameters,
  checkSignature,
  declareTypeParameters,
} from './functions.js';
import { checkInstance } from './instances.js';
import { resolveValueType } from './resolve.js';
import { Scope } from './scope.js';
import { checkEnum, checkStructLike } from './type-declarations.js';
import { isUnknown, typeText } from './type-ops.js';
import type { Type } from './types.js';
import { checkConstant } from './variables.js';

/** One declaration at the top level; puts its name into `scope` once it may be used. */
export function checkDeclaration(context: Context, decl: ast.Declaration, scope: Scope): void {
  switch (decl.kind) {
    case 'ConstantDeclaration':
      return checkConstant(context, decl, scope);
    case 'InstanceDeclaration':
      return checkInstance(context, decl, scope);
    case 'TypedefDeclaration': {
      context.declared.set(decl, resolveValueType(context, decl.type, scope));
      return context.declare(scope, decl);
    }
    case 'NewtypeDeclaration':
      return checkNewtype(context, decl, scope);
    case 'HeaderDeclaration':
    case 'HeaderUnionDeclaration':
    case 'StructDeclaration':
      return checkStructLike(context, decl, scope);
    case 'EnumDeclaration':
      return checkEnum(context, decl, scope);
    case 'ErrorDeclaration':
      return addMembers(context, decl.members, context.errors, 'error');
    case 'MatchKindDeclaration':
      return addMembers(context, decl.members, context.matchKinds, 'match kind');
    case 'ExternFunctionDeclaration':
      checkSignature(context, decl, scope);
      return context.declare(scope, decl);
    case 'ExternObjectDeclaration':
      return checkExternObject(context, decl, scope);
    case 'FunctionDeclaration':
      checkFunction(context, decl, scope);
      return context.declare(scope, decl);
    case 'ActionDeclaration':
      return checkAction(context, decl, scope);
    case 'ParserTypeDeclaration':
    case 'ControlTypeDeclaration':
    case 'PackageDeclaration':
      return checkBlockType(context, decl, scope);
    case 'ParserDeclaration':
      return checkParser(context, decl, scope);
    case 'ControlDeclaration':
      return checkControl(context, decl, scope);
    default:
      context.error('P4C313', 'this declaration cannot stand at the top level', decl.span);
  }
}

function addMembers(context: Context, members: readonly ast.Identifier[], all: string[], what: string): void {
  for (const member of members) {
    if (all.includes(member.text)) {
      context.error('P4C303', `the ${what} '${member.text}' is already declared`, member.span);
    } else all.push(member.text);
  }
}

/** `type bit<9> Port;` (P4_16 §7.2.8): over a type whose values are bits, so that a switch can carry it. */
function checkNewtype(context: Context, decl: ast.NewtypeDeclaration, scope: Scope): void {
  const underlying = resolveValueType(context, decl.type, scope);
  const allowed = ['bit', 'fixedInt', 'int', 'bool', 'newtype', 'typeVariable', 'dontcare', 'serEnum'];
  if (!allowed.includes(underlying.kind)) {
    const message = `'type' makes a new type from bit<W>, int<W> or bool, found ${typeText(underlying)}`;
    context.error('P4C314', message, decl.type.span);
  }
  const type: Type = { kind: 'newtype', name: decl.name.text, decl, underlying };
  context.declared.set(decl, isUnknown(underlying) ? underlying : type);
  context.declare(scope, decl);
}

function checkExternObject(context: Context, decl: ast.ExternObjectDeclaration, scope: Scope): void {
  const inner = new Scope(scope);
  declareTypeParameters(context, decl.typeParams, inner);
  const typeArgs = decl.typeParams.map((param): Type => ({ kind: 'typeVariable', decl: param }));
  context.declared.set(decl, { kind: 'extern', name: decl.name.text, decl, typeArgs });
  context.declare(scope, decl);
  const seen = new Set<string>();
  for (const method of decl.methods) {
    const form = `${method.name.text}(${method.params.map((p) => p.name.text).join(',')})`;
    if (seen.has(form)) {
      context.error(
        'P4C303',
        `'${method.name.text}' is declared twice with the same parameters`,
        method.name.span,
      );
    }
    seen.add(form);
    checkSignature(context, method, inner);
    if (!method.isConstructor && method.name.text === decl.name.text) {
      const message = `'${method.name.text}' is the constructor of its extern and has no return type`;
      context.error('P4C314', message, method.returnType.span);
    }
    if (context.nodeTypes.get(method.returnType)?.kind === 'int') {
      context.error('P4C314', 'a method cannot return int: give it a width', method.returnType.span);
    }
  }
}

function checkBlockType(
  context: Context,
  decl: ast.ParserTypeDeclaration | ast.ControlTypeDeclaration | ast.PackageDeclaration,
  scope: Scope,
): void {
  const inner = new Scope(scope);
  declareTypeParameters(context, decl.typeParams, inner);
  checkParameters(context, decl.params, inner, decl.kind === 'PackageDeclaration' ? 'package' : 'block');
  const typeArgs = decl.typeParams.map((param): Type => ({ kind: 'typeVariable', decl: param }));
  const { text: name } = decl.name;
  if (decl.kind === 'ParserTypeDeclaration')
    context.declared.set(decl, { kind: 'parser', name, decl, typeArgs });
  else if (decl.kind === 'ControlTypeDeclaration')
    context.declared.set(decl, { kind: 'control', name, decl, typeArgs });
  else context.declared.set(decl, { kind: 'package', name, decl, typeArgs });
  context.declare(scope, decl);
}
