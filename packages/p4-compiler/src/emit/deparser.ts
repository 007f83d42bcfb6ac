import { locate } from '../lower/index.js';
import { type CoreControl, type Expr, element, fieldsOf } from '../normalise/index.js';
import type { JsonDeparser } from './bmv2-json.js';
import type { EmitContext } from './context.js';

/** The deparser of this target is a list of headers; the valid ones are written in that order. */
export function deparser(context: EmitContext, control: CoreControl): JsonDeparser {
  const order: string[] = [];
  for (const statement of control.body) {
    if (statement.kind === 'extern' && statement.name === 'packet_out.emit' && statement.args[0]) {
      order.push(...headersOf(context, statement.args[0]));
    } else {
      context.limit('a deparser can only emit headers on this target, one after the other', statement.span);
    }
  }
  return {
    name: 'deparser',
    id: context.id('deparser'),
    source_info: context.source(control.span),
    order,
    primitives: [],
  };
}

/** Instances of the headers in a place: stacks and structs are emitted in order, of a union the valid member. */
function headersOf(context: EmitContext, e: Expr): string[] {
  const { type } = e;
  if (type.kind === 'headerStack') {
    return Array.from({ length: type.size }, (_, i) => element(e, i, e.span)).flatMap((one) =>
      headersOf(context, one),
    );
  }
  if (type.kind !== 'header') return fieldsOf(e).flatMap((field) => headersOf(context, field));
  const location = locate(e);
  if (location?.kind === 'header') return [location.name];
  context.limit('this header cannot be emitted on this target', e.span);
  return [];
}
