import type * as ast from '../syntax/ast.js';
import type { Field, StructType, Type } from './types.js';

export { typeText } from './type-text.js';

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

/** `type` with every bound type variable replaced. What is shared within a type stays shared. */
export function substitute(type: Type, bindings: Bindings): Type {
  return bindings.size === 0 ? type : new Substitution(bindings).apply(type);
}

class Substitution {
  readonly #done = new Map<Type, Type>();
  readonly #bindings: Bindings;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  apply(type: Type): Type {
    let result = this.#done.get(type);
    if (result === undefined) {
      result = this.#replace(type);
      this.#done.set(type, result);
    }
    return result;
  }

  #replace(type: Type): Type {
    switch (type.kind) {
      case 'typeVariable':
        return this.#bindings.get(type.decl) ?? type;
      case 'struct':
      case 'header':
      case 'headerUnion':
        if (type.typeArgs.length === 0) return type;
        return { ...type, typeArgs: this.#all(type.typeArgs), fields: this.#fields(type.fields) };
      case 'extern':
      case 'parser':
      case 'control':
      case 'package':
        return type.typeArgs.length === 0 ? type : { ...type, typeArgs: this.#all(type.typeArgs) };
      case 'headerStack':
        return { ...type, element: this.apply(type.element) as StructType };
      case 'tuple':
        return { ...type, elements: this.#all(type.elements) };
      case 'list':
      case 'set':
        return { ...type, element: this.apply(type.element) };
      case 'structLiteral':
        return { ...type, fields: this.#fields(type.fields) };
      default:
        return type;
    }
  }
  #all(types: readonly Type[]): Type[] {
    return types.map((t) => this.apply(t));
  }
  #fields(fields: readonly Field[]): Field[] {
    return fields.map((f) => ({ ...f, type: this.apply(f.type) }));
  }
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

const leafCounts = new WeakMap<Type, number>();

/** How many values without parts a value of this type holds: what a pass over all its fields costs. */
export function leafCount(type: Type): number {
  let count = leafCounts.get(type);
  if (count === undefined) {
    count = countLeaves(type);
    leafCounts.set(type, count);
  }
  return count;
}

function countLeaves(type: Type): number {
  switch (type.kind) {
    case 'struct':
    case 'header':
    case 'headerUnion':
    case 'structLiteral':
      return type.fields.reduce((total, f) => total + leafCount(f.type), 1);
    case 'tuple':
      return type.elements.reduce((total, t) => total + leafCount(t), 1);
    case 'headerStack':
      return leafCount(type.element) * type.size;
    case 'list':
    case 'set':
      return leafCount(type.element);
    default:
      return 1;
  }
}
