import type { Init, p4 } from 'p4runtime-js';
import type { StructType } from '../check/types.js';
import { annotationText, controlPlaneName, findAnnotation, isHidden } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields, documentation } from './annotations.js';
import { type Context, namedType, Prefix, wantedId } from './context.js';
import { flattenHeader } from './flatten-header.js';
import { fieldIds } from './symbols.js';
import { controlPlaneWidth } from './values.js';

/** Header types with `@controller_header`, in order of declaration. */
export function controllerHeaders(
  declarations: readonly ast.Declaration[],
): readonly ast.HeaderDeclaration[] {
  return declarations.filter(
    (decl): decl is ast.HeaderDeclaration =>
      decl.kind === 'HeaderDeclaration' &&
      findAnnotation(decl.annotations, 'controller_header') !== undefined,
  );
}

/** Metadata of packet-in and packet-out (P4Runtime §16.1). */
export function describePacketMetadata(
  context: Context,
  decl: ast.HeaderDeclaration,
  type: StructType,
): Init<p4.config.v1.ControllerPacketMetadata> | undefined {
  if (isHidden(decl.annotations)) return undefined;
  // Named by the annotation, though its id comes from the type's name.
  const name = annotationText(findAnnotation(decl.annotations, 'controller_header')) ?? '';
  const fields = flattenHeader(type);
  const ids = fieldIds(
    fields,
    (field) => wantedId(field.annotations),
    (field, message) => context.diagnostics.error('P4C410', `${name}.${field.name}: ${message}`, decl.span),
  );
  return {
    preamble: {
      id: context.symbols.id(Prefix.CONTROLLER_HEADER, controlPlaneName(decl)),
      name,
      alias: name,
      doc: documentation(decl.annotations),
      ...annotationFields(decl.annotations),
    },
    metadata: fields
      .filter((field) => !isHidden(field.annotations))
      .map((field) => ({
        id: ids.get(field)!,
        name: field.name,
        bitwidth: controlPlaneWidth(field.type),
        typeName: namedType(context, field.type, decl),
        ...annotationFields(field.annotations),
      })),
  };
}
