import type { Field, StructType, Type } from '../check/types.js';
import { fieldControlPlaneName } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';

/** A field of a header as the control plane sees it; `name` is a dotted path where structs are nested. */
export interface FlatField {
  readonly name: string;
  readonly type: Type;
  readonly annotations: readonly ast.Annotation[];
}

/** The fields of a header with nested structs taken apart; inner annotations win over outer ones of the same name. */
export function flattenHeader(type: StructType): readonly FlatField[] {
  if (!type.fields.some((field) => field.type.kind === 'struct')) {
    return type.fields.map((field) => ({
      name: fieldControlPlaneName(field),
      type: field.type,
      annotations: field.annotations,
    }));
  }
  return type.fields.flatMap((field) => flatten(field, '', []));
}

function flatten(field: Field, prefix: string, outer: readonly ast.Annotation[]): FlatField[] {
  const own = new Set(field.annotations.map((annotation) => annotation.name));
  const annotations = [...field.annotations, ...outer.filter((annotation) => !own.has(annotation.name))];
  // p4c's segments each start with the separator, which its "control plane name" then drops at the front.
  const name = prefix === '' ? field.name : `${prefix}.${field.name}`;
  if (field.type.kind !== 'struct') return [{ name, type: field.type, annotations }];
  return field.type.fields.flatMap((inner) => flatten(inner, name, annotations));
}
