import type { Field, StructType, Type } from '../check/types.js';
import type * as ast from '../syntax/ast.js';

/** What each type parameter in scope stands for while a generic declaration is elaborated. */
export type TypeBindings = ReadonlyMap<ast.TypeParameter, Type>;

export const NO_BINDINGS: TypeBindings = new Map();

/** Width of the values of plain `enum` and `error` types on targets that number them (BMv2 does, in 32 bits). */
export const SYMBOL_WIDTH = 32;

/** Binds the type parameters of a declaration to the arguments of one use of it, on top of `outer`. */
export function bindTypes(
  params: readonly ast.TypeParameter[],
  args: readonly Type[],
  outer: TypeBindings,
): TypeBindings {
  if (params.length === 0) return outer;
  const bound = new Map(outer);
  params.forEach((param, index) => {
    const arg = args[index];
    if (arg) bound.set(param, substitute(arg, outer));
  });
  return bound;
}

/** Replaces the type variables in `type`; structural, so a generic struct gets its fields replaced too. */
export function substitute(type: Type, bindings: TypeBindings): Type {
  if (bindings.size === 0) return type;
  switch (type.kind) {
    case 'typeVariable':
      return bindings.get(type.decl) ?? type;
    case 'struct':
    case 'header':
    case 'headerUnion':
      return substituteStruct(type, bindings);
    case 'headerStack':
      return { ...type, element: substitute(type.element, bindings) as StructType };
    case 'tuple':
      return { ...type, elements: type.elements.map((element) => substitute(element, bindings)) };
    case 'structLiteral':
      return { ...type, fields: type.fields.map((field) => substituteField(field, bindings)) };
    case 'list':
    case 'set':
      return { ...type, element: substitute(type.element, bindings) };
    case 'extern':
    case 'parser':
    case 'control':
    case 'package':
      return { ...type, typeArgs: type.typeArgs.map((arg) => substitute(arg, bindings)) } as Type;
    default:
      return type;
  }
}

function substituteStruct(type: StructType, bindings: TypeBindings): StructType {
  if (type.typeArgs.length === 0 && type.decl.typeParams.length === 0) return type;
  return {
    ...type,
    typeArgs: type.typeArgs.map((arg) => substitute(arg, bindings)),
    fields: type.fields.map((field) => substituteField(field, bindings)),
  };
}

function substituteField(field: Field, bindings: TypeBindings): Field {
  return { ...field, type: substitute(field.type, bindings) };
}

/** Strips `type` and serialisable enums down to the type that carries their bits. */
export function underlying(type: Type): Type {
  let current = type;
  while (current.kind === 'newtype' || current.kind === 'serEnum') current = current.underlying;
  return current;
}

export function isStructLike(type: Type): type is StructType {
  return type.kind === 'struct' || type.kind === 'header' || type.kind === 'headerUnion';
}

/**
 * The number of bits of a value of `type`; the greatest number for varbit. Undefined where the type has no width
 * (`int`, `string`, externs, an unbound type variable).
 */
export function widthOf(type: Type): number | undefined {
  switch (type.kind) {
    case 'bit':
    case 'fixedInt':
      return type.width;
    case 'varbit':
      return type.maxWidth;
    case 'bool':
      return 1;
    case 'error':
    case 'enum':
      return SYMBOL_WIDTH;
    case 'newtype':
    case 'serEnum':
      return widthOf(type.underlying);
    case 'struct':
    case 'header':
      return sum(type.fields.map((field) => widthOf(field.type)));
    case 'headerUnion':
      return max(type.fields.map((field) => widthOf(field.type)));
    case 'headerStack': {
      const element = widthOf(type.element);
      return element === undefined ? undefined : element * type.size;
    }
    case 'tuple':
      return sum(type.elements.map(widthOf));
    case 'structLiteral':
      return sum(type.fields.map((field) => widthOf(field.type)));
    case 'set':
      return widthOf(type.element);
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

function max(widths: readonly (number | undefined)[]): number | undefined {
  let greatest = 0;
  for (const width of widths) {
    if (width === undefined) return undefined;
    greatest = Math.max(greatest, width);
  }
  return greatest;
}

/** The way a type is written in P4, for messages. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'bit':
      return `bit<${type.width}>`;
    case 'fixedInt':
      return `int<${type.width}>`;
    case 'varbit':
      return `varbit<${type.maxWidth}>`;
    case 'headerStack':
      return `${type.element.name}[${type.size}]`;
    case 'tuple':
      return `tuple<${type.elements.map(typeText).join(', ')}>`;
    case 'structLiteral':
      return `{ ${type.fields.map((field) => field.name).join(', ')} }`;
    case 'set':
      return `set<${typeText(type.element)}>`;
    case 'list':
      return `list<${typeText(type.element)}>`;
    case 'typeVariable':
      return type.decl.name.text;
    case 'table':
    case 'action':
      return `${type.kind} ${type.decl.name.text}`;
    case 'applyResult':
      return `the result of ${type.decl.name.text}.apply()`;
    default:
      return 'name' in type ? type.name : type.kind;
  }
}
