import { p4 } from 'p4runtime-js';
import type { Type } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import { annotationNumber, type ElaboratedProgram, findAnnotation, type Reach } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { type AnnotationFields, annotationFields, documentation } from './annotations.js';
import { Prefix, type Symbols } from './symbols.js';
import type { TypeInfo } from './type-spec.js';

export { Prefix };

export const v1 = p4.config.v1;

/** What the describers of the several kinds of objects share. */
export interface Context {
  readonly program: ElaboratedProgram;
  readonly reached: Reach;
  readonly symbols: Symbols;
  readonly types: TypeInfo;
  readonly diagnostics: Diagnostics;
}

/** The preamble of an object that `symbols` knows by `name`. */
export function preamble(
  context: Context,
  prefix: Prefix,
  name: string,
  annotations: readonly ast.Annotation[] = [],
  skip: readonly string[] = [],
): AnnotationFields & { id: number; name: string; alias: string; doc: ReturnType<typeof documentation> } {
  return {
    id: context.symbols.id(prefix, name),
    name,
    alias: context.symbols.alias(name),
    doc: documentation(annotations),
    ...annotationFields(annotations, skip),
  };
}

export function wantedId(annotations: readonly ast.Annotation[]): number | undefined {
  return annotationNumber(findAnnotation(annotations, 'id'));
}

/** `type_name` of a field or parameter: set for `type` declarations, which are also recorded in `type_info`. */
export function namedType(context: Context, type: Type, at: ast.Node): { name: string } | null {
  context.types.describe(type, at);
  return type.kind === 'newtype' ? { name: type.name } : null;
}
