import type * as ast from '../syntax/ast.js';
import type { Field, StructType, Type } from './types.js';

export type Bindings = ReadonlyMap<ast.TypeParameter, Type>;

/** What every expression with an error has as its type: it fits everywhere, so that one mistake is reported once. */
export const unknownType: Type = { kind: 'dontcare' };
export const boolType: Type = { kind: 'bool' };
export const intType: Type = { kind: 'int' };
export const voidType: Type = { kind: 'void' };
export const stringType: Type = { kind: 'string' };
export const errorType: Type = { kind: 'error' };

export function bitType(width: number): Type {
  return { kind: 'bit', width };
}

export function isUnknown(type: Type): boolean {
  return type.kind === 'dontcare';
}
/** bit<W> or int<W>. */
export function isFixed(type: Type): type is Type & { kind: 'bit' | 'fixedInt' } {
  return type.kind === 'bit' || type.kind === 'fixedInt';
}
export function isNumeric(type: Type): type is Type & { kind: 'bit' | 'fixedInt' | 'int' } {
  return isFixed(type) || type.kind === 'int';
}
export function isStructLike(type: Type): type is StructType {
  return type.kind === 'struct' || type.kind === 'header' || type.kind === 'headerUnion';
}

/** A type as a P4 programmer writes it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'bit':
      return `bit<${type.width}>`;
    case 'fixedInt':
      return `int<${type.width}>`;
    case 'varbit':
      return `varbit<${type.maxWidth}>`;
    case 'matchKind':
      return 'match_kind';
    case 'dontcare':
      return '_';
    case 'struct':
    case 'header':
    case 'headerUnion':
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return type.name + argumentsText(type.typeArgs);
    case 'enum':
    case 'serEnum':
    case 'newtype':
      return type.name;
    case 'headerStack':
      return `${typeText(type.element)}[${type.size}]`;
    case 'tuple':
      return `tuple<${type.elements.map(typeText).join(', ')}>`;
    case 'structLiteral':
      return `{${type.fields.map((f) => `${f.name} = ${typeText(f.type)}`).join(', ')}}`;
    case 'list':
      return `list<${typeText(type.element)}>`;
    case 'set':
      return `set<${typeText(type.element)}>`;
    case 'table':
      return `table ${type.decl.name.text}`;
    case 'applyResult':
      return `the result of ${type.decl.name.text}.apply()`;
    case 'actionRun':
      return `the action that table ${type.decl.name.text} ran`;
    case 'action':
      return `action ${type.decl.name.text}`;
    case 'typeVariable':
      return type.decl.name.text;
    default:
      return type.kind;
  }
}

function argumentsText(args: readonly Type[]): string {
  return args.length === 0 ? '' : `<${args.map(typeText).join(', ')}>`;
}

/** Equality of types (P4_16 §8.10 names them equal or different by declaration, not by shape, except tuples). */
export function sameType(a: Type, b: Type): boolean {
  if (a === b || isUnknown(a) || isUnknown(b)) return true;
  switch (a.kind) {
    case 'bit':
    case 'fixedInt':
      return b.kind === a.kind && a.width === b.width;
    case 'varbit':
      return b.kind === 'varbit' && a.maxWidth === b.maxWidth;
    case 'struct':
    case 'header':
    case 'headerUnion':
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return b.kind === a.kind && a.decl === b.decl && sameTypes(a.typeArgs, b.typeArgs);
    case 'enum':
    case 'serEnum':
    case 'newtype':
    case 'table':
    case 'applyResult':
    case 'actionRun':
    case 'action':
    case 'typeVariable':
      return b.kind === a.kind && a.decl === b.decl;
    case 'headerStack':
      return b.kind === 'headerStack' && a.size === b.size && sameType(a.element, b.element);
    case 'tuple':
      return b.kind === 'tuple' && sameTypes(a.elements, b.elements);
    case 'list':
    case 'set':
      return b.kind === a.kind && sameType(a.element, b.element);
    case 'structLiteral':
      return (
        b.kind === 'structLiteral' &&
        a.fields.length === b.fields.length &&
        a.fields.every((f, i) => f.name === b.fields[i]!.name && sameType(f.type, b.fields[i]!.type))
      );
    default:
      return a.kind === b.kind;
  }
}

function sameTypes(a: readonly Type[], b: readonly Type[]): boolean {
  return a.length === b.length && a.every((type, i) => sameType(type, b[i]!));
}

/** `type` with every bound type variable replaced. */
export function substitute(type: Type, bindings: Bindings): Type {
  if (bindings.size === 0) return type;
  const all = (types: readonly Type[]): Type[] => types.map((t) => substitute(t, bindings));
  switch (type.kind) {
    case 'typeVariable':
      return bindings.get(type.decl) ?? type;
    case 'struct':
    case 'header':
    case 'headerUnion':
      if (type.typeArgs.length === 0) return type;
      return { ...type, typeArgs: all(type.typeArgs), fields: substituteFields(type.fields, bindings) };
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return type.typeArgs.length === 0 ? type : { ...type, typeArgs: all(type.typeArgs) };
    case 'headerStack':
      return { ...type, element: substitute(type.element, bindings) as StructType };
    case 'tuple':
      return { ...type, elements: all(type.elements) };
    case 'list':
    case 'set':
      return { ...type, element: substitute(type.element, bindings) };
    case 'structLiteral':
      return { ...type, fields: substituteFields(type.fields, bindings) };
    default:
      return type;
  }
}

export function substituteFields(fields: readonly Field[], bindings: Bindings): Field[] {
  return fields.map((f) => ({ ...f, type: substitute(f.type, bindings) }));
}

export function bind(params: readonly ast.TypeParameter[], args: readonly Type[]): Bindings {
  const bindings = new Map<ast.TypeParameter, Type>();
  params.forEach((param, i) => {
    const arg = args[i];
    if (arg !== undefined) bindings.set(param, arg);
  });
  return bindings;
}

/** The type below newtypes and serialisable enums: what the bits are. */
export function representation(type: Type): Type {
  return type.kind === 'newtype' || type.kind === 'serEnum' ? representation(type.underlying) : type;
}

/** Bits of a value of this type; undefined where it has no fixed width. `max` counts a varbit at its maximum. */
export function widthOf(type: Type, max = false): number | undefined {
  switch (type.kind) {
    case 'bit':
    case 'fixedInt':
      return type.width;
    case 'bool':
      return 1;
    case 'varbit':
      return max ? type.maxWidth : 0;
    case 'serEnum':
    case 'newtype':
      return widthOf(type.underlying, max);
    case 'struct':
    case 'header':
      return sum(type.fields.map((f) => widthOf(f.type, max)));
    case 'headerUnion': {
      const widths = type.fields.map((f) => widthOf(f.type, max));
      if (widths.some((w) => w === undefined)) return undefined;
      return max ? Math.max(0, ...(widths as number[])) : Math.min(...(widths as number[]));
    }
    case 'headerStack': {
      const width = widthOf(type.element, max);
      return width === undefined ? undefined : width * type.size;
    }
    case 'tuple':
      return sum(type.elements.map((t) => widthOf(t, max)));
    default:
      return undefined;
  }
}

function sum(widths: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const width of widths) {
    if (width === undefined) return undefined;
    total += width;
  }
  return total;
}
