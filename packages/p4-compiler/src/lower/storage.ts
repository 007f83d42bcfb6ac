import type { StructType, Type } from '../check/types.js';
import { underlying, widthOf } from '../elaborate/index.js';
import { type Expr, isScalarType, type Variable } from '../normalise/index.js';

/** Where a place of the program lives on a target that has header instances with flat fields. */
export type Location =
  | { readonly kind: 'field'; readonly header: string; readonly field: string }
  | { readonly kind: 'header'; readonly name: string; readonly type: StructType }
  | { readonly kind: 'stack'; readonly name: string; readonly element: StructType }
  | { readonly kind: 'union'; readonly name: string; readonly type: StructType }
  /** A struct is nothing of its own: its scalars are fields of `owner`, its headers have names that begin with `path`. */
  | { readonly kind: 'struct'; readonly owner: string; readonly path: string }
  /** An element of a stack chosen at run time: by an index, or the last one or the next one of the parser. */
  | {
      readonly kind: 'element';
      readonly stack: string;
      readonly type: StructType;
      readonly at: Expr | 'last' | 'next';
    }
  | {
      readonly kind: 'elementField';
      readonly stack: string;
      readonly type: StructType;
      readonly at: Expr | 'last' | 'next';
      readonly field: string;
    };

/** Scalar variables of the program are the fields of this metadata header. */
export const SCALARS = 'scalars';
export const STANDARD_METADATA = 'standard_metadata';
/** Fields of the user's metadata are scalars whose names begin with this. */
export const USER_METADATA = 'userMetadata';

/** The location of a place; undefined for values and for what the target cannot hold. */
export function locate(place: Expr): Location | undefined {
  switch (place.kind) {
    case 'variable':
      return rootLocation(place.variable);
    case 'member':
      return memberLocation(locate(place.target), place.field, underlying(place.type));
    case 'index': {
      const target = locate(place.target);
      if (target?.kind !== 'stack') return undefined;
      if (place.index.kind !== 'const') {
        return { kind: 'element', stack: target.name, type: target.element, at: place.index };
      }
      return instanceLocation(`${target.name}[${place.index.value}]`, target.element);
    }
    case 'stack': {
      const target = locate(place.target);
      if (target?.kind !== 'stack' || place.which === 'lastIndex') return undefined;
      return { kind: 'element', stack: target.name, type: target.element, at: place.which };
    }
    default:
      return undefined;
  }
}

function rootLocation(variable: Variable): Location | undefined {
  switch (variable.role) {
    case 'headers':
      return { kind: 'struct', owner: SCALARS, path: '' };
    case 'metadata':
      return { kind: 'struct', owner: SCALARS, path: USER_METADATA };
    case 'standardMetadata':
      return { kind: 'struct', owner: STANDARD_METADATA, path: '' };
    case 'local':
      return partLocation(SCALARS, variable.name, underlying(variable.type));
    case 'actionData':
      return undefined;
  }
}

/** What a part of a struct is, by its type: `path` is the whole name of the part. */
function partLocation(owner: string, path: string, type: Type): Location {
  if (type.kind === 'varbit') return { kind: 'field', header: path, field: 'field' };
  if (isScalarType(type)) return { kind: 'field', header: owner, field: path };
  return instanceLocation(path, type) ?? { kind: 'struct', owner, path };
}

function instanceLocation(name: string, type: Type): Location | undefined {
  switch (type.kind) {
    case 'header':
      return { kind: 'header', name, type };
    case 'headerUnion':
      return { kind: 'union', name, type };
    case 'headerStack':
      return { kind: 'stack', name, element: type.element };
    default:
      return undefined;
  }
}

function memberLocation(target: Location | undefined, field: string, type: Type): Location | undefined {
  switch (target?.kind) {
    case 'struct':
      return partLocation(target.owner, joined(target.path, field), type);
    case 'header':
      return headerPart(target.name, field, type);
    case 'union':
      return instanceLocation(`${target.name}.${field}`, type);
    case 'element':
      if (target.type.kind === 'headerUnion') return undefined;
      return { ...target, kind: 'elementField', field };
    case 'elementField':
      return { ...target, field: `${target.field}.${field}` };
    default:
      return undefined;
  }
}

/** A header's fields are its own, those of a struct in it too. */
function headerPart(header: string, field: string, type: Type): Location {
  return isScalarType(type)
    ? { kind: 'field', header, field }
    : { kind: 'struct', owner: header, path: field };
}

export function joined(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** A scalar field of a header type, structs in it taken apart. */
export interface FlatField {
  readonly name: string;
  readonly type: Type;
}

export function flatFields(type: StructType, prefix = ''): readonly FlatField[] {
  return type.fields.flatMap((field) => {
    const plain = underlying(field.type);
    const name = joined(prefix, field.name);
    return plain.kind === 'struct' ? flatFields(plain, name) : [{ name, type: plain }];
  });
}

/** Parts of a struct or tuple with their names. */
export function namedParts(type: Type): readonly { readonly name: string; readonly type: Type }[] {
  if (type.kind === 'tuple')
    return type.elements.map((part, i) => ({ name: `f${i}`, type: underlying(part) }));
  if (!('fields' in type)) return [];
  return type.fields.map((field) => ({ name: field.name, type: underlying(field.type) }));
}

export function bitsOf(type: Type): number {
  return widthOf(type) ?? 0;
}
