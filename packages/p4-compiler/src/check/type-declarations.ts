import type * as ast from '../syntax/ast.js';
import { wrap } from './assign.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { declareTypeParameters } from './functions.js';
import { bounded, resolveValueType } from './resolve.js';
import { Scope } from './scope.js';
import { isFixed, isUnknown, representation, typeText, unknownType } from './type-ops.js';
import type { Field, Type } from './types.js';

type StructLike = ast.HeaderDeclaration | ast.HeaderUnionDeclaration | ast.StructDeclaration;
const kinds = {
  HeaderDeclaration: 'header',
  HeaderUnionDeclaration: 'headerUnion',
  StructDeclaration: 'struct',
} as const;

export function checkStructLike(context: Context, decl: StructLike, scope: Scope): void {
  const inner = new Scope(scope);
  declareTypeParameters(context, decl.typeParams, inner);
  const kind = kinds[decl.kind];
  const fields: Field[] = [];
  const seen = new Map<string, ast.StructField>();
  for (const field of decl.fields) {
    const { text: name, span } = field.name;
    const before = seen.get(name);
    if (before !== undefined) {
      const notes = [{ message: 'the first is here', span: before.name.span }];
      context.error('P4C303', `'${decl.name.text}' has the field '${name}' twice`, span, notes);
    }
    seen.set(name, field);
    const type = resolveValueType(context, field.type, inner);
    const why = whyNoField(kind, type);
    if (why !== undefined) context.error('P4C314', `${why}, found ${typeText(type)}`, field.type.span);
    fields.push({ name, type: why === undefined ? type : unknownType, annotations: field.annotations });
  }
  const typeArgs = decl.typeParams.map((param): Type => ({ kind: 'typeVariable', decl: param }));
  const type: Type = { kind, name: decl.name.text, decl, typeArgs, fields };
  context.declared.set(decl, bounded(context, type, decl.name.span));
  context.declare(scope, decl);
}

/** Which types may be fields (P4_16 §7.2, table of type nesting). */
function whyNoField(kind: 'header' | 'headerUnion' | 'struct', type: Type): string | undefined {
  if (isUnknown(type) || type.kind === 'typeVariable') return undefined;
  if (kind === 'headerUnion') {
    return type.kind === 'header' ? undefined : 'the fields of a header union are headers';
  }
  if (kind === 'header')
    return isHeaderField(type) ? undefined : 'the fields of a header are bits and structs of bits';
  switch (type.kind) {
    case 'void':
    case 'int':
    case 'string':
    case 'matchKind':
    case 'set':
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return 'the fields of a struct are values that a packet can change';
    default:
      return undefined;
  }
}

function isHeaderField(type: Type): boolean {
  const base = representation(type);
  switch (base.kind) {
    case 'bit':
    case 'fixedInt':
    case 'varbit':
    case 'bool':
    case 'dontcare':
    case 'typeVariable':
      return true;
    case 'struct':
      return base.fields.every((f) => isHeaderField(f.type));
    default:
      return false;
  }
}

export function checkEnum(context: Context, decl: ast.EnumDeclaration, scope: Scope): void {
  const name = decl.name.text;
  const seen = new Map<string, ast.Identifier>();
  for (const member of decl.members) {
    const before = seen.get(member.name.text);
    if (before !== undefined) {
      const notes = [{ message: 'the first is here', span: before.span }];
      context.error(
        'P4C303',
        `enum '${name}' has the member '${member.name.text}' twice`,
        member.name.span,
        notes,
      );
    }
    seen.set(member.name.text, member.name);
  }
  if (decl.underlying !== undefined) {
    context.declared.set(decl, serialisableEnum(context, decl, decl.underlying, scope));
  } else {
    for (const member of decl.members) {
      if (member.value === undefined) continue;
      context.error(
        'P4C314',
        `only an enum over bit<W> or int<W> gives its members values: enum bit<8> ${name}`,
        member.span,
      );
    }
    context.declared.set(decl, { kind: 'enum', name, decl, members: [...seen.keys()] });
  }
  context.declare(scope, decl);
}

function serialisableEnum(
  context: Context,
  decl: ast.EnumDeclaration,
  node: ast.TypeNode,
  scope: Scope,
): Type {
  const underlying = resolveValueType(context, node, scope);
  if (!isFixed(representation(underlying)) && !isUnknown(underlying)) {
    context.error(
      'P4C314',
      `an enum is made over bit<W> or int<W>, found ${typeText(underlying)}`,
      node.span,
    );
    return unknownType;
  }
  const members = new Map<string, bigint>();
  for (const member of decl.members) {
    if (member.value === undefined) {
      context.error(
        'P4C314',
        `'${member.name.text}' needs a value, as the enum has a type: ${member.name.text} = 1`,
        member.span,
      );
      continue;
    }
    const type = checkValue(context, member.value, scope);
    const value = context.constants.get(member.value);
    if (isUnknown(type)) continue;
    if (value?.kind !== 'int') {
      const message = `the value of '${member.name.text}' must be a number known at compile time`;
      context.error('P4C307', message, member.value.span);
      continue;
    }
    const held = wrap(value.value, underlying);
    if (held !== value.value) {
      const message = `${value.value} does not fit in ${typeText(underlying)}`;
      context.error('P4C312', message, member.value.span);
    }
    members.set(member.name.text, held);
  }
  return { kind: 'serEnum', name: decl.name.text, decl, underlying, members };
}
