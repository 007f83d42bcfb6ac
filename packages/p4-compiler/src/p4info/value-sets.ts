import type { Init, p4 } from 'p4runtime-js';
import type { Field } from '../check/types.js';
import {
  fieldControlPlaneName,
  findAnnotation,
  underlying,
  type ValueSetInstance,
  widthOf,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { annotationFields, documentation } from './annotations.js';
import { type Context, Prefix, preamble, wantedId } from './context.js';
import { fieldIds } from './symbols.js';
import { matchType } from './tables.js';

/** P4Info of a parser value set (P4Runtime §6.4.7): one match per field of its element type. */
export function describeValueSet(context: Context, set: ValueSetInstance): Init<p4.config.v1.ValueSet> {
  return {
    preamble: preamble(context, Prefix.VALUE_SET, set.name, set.decl.annotations),
    size: set.size,
    match: matches(context, set),
  };
}

function matches(context: Context, set: ValueSetInstance): Init<p4.config.v1.MatchField>[] {
  const { elementType: type, decl } = set;
  const exact = matchType('exact');
  if (type.kind === 'bit' || type.kind === 'fixedInt') return [{ id: 1, bitwidth: type.width, ...exact }];
  if (type.kind === 'serEnum') {
    const bitwidth = widthOf(underlying(type)) ?? 0;
    return [...type.members.keys()].map((name, index) => ({ id: index + 1, name, bitwidth, ...exact }));
  }
  if (type.kind !== 'struct') {
    context.diagnostics.error(
      'P4C416',
      'the elements of a value set must be bit<W>, a struct of bit<W> fields or a serialisable enum for P4Runtime',
      decl.type.span,
    );
    return [];
  }
  const ids = fieldIds(
    type.fields,
    (field) => wantedId(field.annotations),
    (field, message) =>
      context.diagnostics.error('P4C410', `${set.name}.${field.name}: ${message}`, decl.span),
  );
  return type.fields.map((field) => ({
    id: ids.get(field)!,
    name: fieldControlPlaneName(field),
    bitwidth: widthOf(field.type) ?? 0,
    ...matchType(matchAnnotation(field) ?? 'exact'),
    doc: documentation(field.annotations),
    ...annotationFields(field.annotations, ['match']),
  }));
}

/** The kind named by `@match(kind)` on a field. */
function matchAnnotation(field: Field): string | undefined {
  const annotation: ast.Annotation | undefined = findAnnotation(field.annotations, 'match');
  const first = annotation?.args?.[0];
  return first?.kind === 'PathExpression' ? first.name.text : annotation?.body?.trim();
}
