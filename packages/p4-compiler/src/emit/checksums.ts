import type { CoreControl, ExternStmt, Stmt } from '../normalise/index.js';
import type { JsonChecksum } from './bmv2-json.js';
import { calculation, calculationInput } from './calculations.js';
import type { EmitContext } from './context.js';
import { ExpressionWriter } from './expressions.js';

/** The checksums that a control verifies or updates: nothing else may stand in it. */
export function checksums(context: EmitContext, control: CoreControl, verify: boolean): JsonChecksum[] {
  const allowed = verify
    ? ['verify_checksum', 'verify_checksum_with_payload']
    : ['update_checksum', 'update_checksum_with_payload'];
  return control.body.flatMap((statement: Stmt) => {
    if (statement.kind === 'extern' && allowed.includes(statement.name)) {
      return checksum(context, statement, verify);
    }
    context.limit(
      `only calls of ${allowed.join(' and ')} can stand in this control on this target`,
      statement.span,
    );
    return [];
  });
}

function checksum(context: EmitContext, statement: ExternStmt, verify: boolean): JsonChecksum[] {
  const [condition, data, target, algorithm] = statement.args;
  const write = new ExpressionWriter(context);
  const field = target && write.field(target);
  if (!condition || !data || !field || algorithm?.kind !== 'const') {
    context.limit(
      `${statement.name} needs a field for its checksum and a constant algorithm`,
      statement.span,
    );
    return [];
  }
  const input = [...calculationInput(context, write, data)];
  if (statement.name.endsWith('_with_payload')) input.push({ type: 'payload', value: null });
  const ifCond = write.condition(condition);
  return [
    {
      name: context.names.fresh('cksum'),
      id: context.id('checksums'),
      source_info: context.source(statement.span),
      target: field,
      type: 'generic',
      calculation: calculation(context, algorithm, input, statement.span),
      verify,
      update: !verify,
      if_cond: ifCond.type === 'bool' || ifCond.type === 'expression' ? ifCond : null,
    },
  ];
}
