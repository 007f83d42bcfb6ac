import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import { checkExpression } from './expressions.js';
import { choices, type Scope, suggestion } from './scope.js';
import { bitType, boolType, isStructLike, isUnknown, typeText, unknownType } from './type-ops.js';
import type { Constant, Type } from './types.js';

/** The type of `target.member` where it is a value; methods are for calls.ts. */
export function checkMember(context: Context, e: ast.MemberExpression, scope: Scope): Type {
  const target = checkExpression(context, e.target, scope);
  const name = e.member.text;
  if (isUnknown(target)) return unknownType;
  if (e.target.kind === 'TypeNameExpression') return checkTypeMember(context, e, target);
  if (isStructLike(target)) {
    const field = target.fields.find((f) => f.name === name);
    if (field === undefined) {
      const names = target.fields.map((f) => f.name);
      return unknownMember(context, e, target, names);
    }
    const constant = context.constants.get(e.target);
    if (constant?.kind === 'struct') {
      const value = constant.fields.find(([field]) => field === name)?.[1];
      if (value !== undefined) context.constants.set(e, value);
    }
    return field.type;
  }
  switch (target.kind) {
    case 'structLiteral': {
      const field = target.fields.find((f) => f.name === name);
      if (field !== undefined) return field.type;
      return unknownMember(
        context,
        e,
        target,
        target.fields.map((f) => f.name),
      );
    }
    case 'headerStack':
      if (name === 'next' || name === 'last') {
        if (scope.place !== 'parser') {
          context.error('P4C310', `'${name}' of a stack can be used only in a parser`, e.member.span);
        }
        return target.element;
      }
      if (name === 'size') {
        context.constants.set(e, { kind: 'int', value: BigInt(target.size) });
        return bitType(32);
      }
      if (name === 'lastIndex') {
        if (scope.place !== 'parser') {
          context.error('P4C310', "'lastIndex' of a stack can be used only in a parser", e.member.span);
        }
        return bitType(32);
      }
      return unknownMember(context, e, target, [
        'next',
        'last',
        'size',
        'lastIndex',
        'push_front',
        'pop_front',
      ]);
    case 'applyResult':
      if (name === 'hit' || name === 'miss') return boolType;
      if (name === 'action_run') return { kind: 'actionRun', decl: target.decl };
      return unknownMember(context, e, target, ['hit', 'miss', 'action_run']);
    case 'extern': {
      const methods = target.decl.methods.filter((m) => !m.isConstructor).map((m) => m.name.text);
      return unknownMember(context, e, target, methods);
    }
    case 'table':
    case 'parser':
    case 'control':
      return unknownMember(context, e, target, ['apply']);
    default:
      return unknownMember(context, e, target, []);
  }
}

function checkTypeMember(context: Context, e: ast.MemberExpression, type: Type): Type {
  const name = e.member.text;
  const found = (constant: Constant): Type => {
    context.constants.set(e, constant);
    return type;
  };
  switch (type.kind) {
    case 'error':
      if (context.errors.includes(name)) return found({ kind: 'name', value: `error.${name}` });
      return unknownMember(context, e, type, context.errors);
    case 'matchKind':
      if (context.matchKinds.includes(name)) return found({ kind: 'name', value: `match_kind.${name}` });
      return unknownMember(context, e, type, context.matchKinds);
    case 'enum':
      if (type.members.includes(name)) return found({ kind: 'name', value: `${type.name}.${name}` });
      return unknownMember(context, e, type, type.members);
    case 'serEnum': {
      const value = type.members.get(name);
      if (value !== undefined) return found({ kind: 'int', value });
      return unknownMember(context, e, type, [...type.members.keys()]);
    }
    default:
      context.error(
        'P4C304',
        `the type ${typeText(type)} has no member '${name}' that is a value`,
        e.member.span,
      );
      return unknownType;
  }
}

export function unknownMember(
  context: Context,
  e: ast.MemberExpression,
  type: Type,
  names: readonly string[],
): Type {
  const name = e.member.text;
  if (names.includes(name)) {
    context.error('P4C304', `'${name}' is a method: call it as ${name}(...)`, e.member.span);
    return unknownType;
  }
  const near = suggestion(name, names);
  const valid = near === '' && names.length > 0 ? `; it has ${choices(names)}` : near;
  context.error('P4C301', `${typeText(type)} has no member '${name}'${valid}`, e.member.span);
  return unknownType;
}
