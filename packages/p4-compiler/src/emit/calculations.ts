import { bitsOf, locate } from '../lower/index.js';
import { type ConstExpr, type Expr, fieldsOf, isScalarType } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type { JsonValue } from './bmv2-values.js';
import type { EmitContext } from './context.js';
import { bytesFor, type ExpressionWriter, hex } from './expressions.js';

const ALGORITHMS: ReadonlySet<string> = new Set([
  'crc32',
  'crc32_custom',
  'crc16',
  'crc16_custom',
  'random',
  'identity',
  'csum16',
  'xor16',
]);

/** The target's name of a HashAlgorithm. */
export function algorithmName(context: EmitContext, algorithm: ConstExpr): string {
  const name = (algorithm.name ?? '').split('.').at(-1)!;
  if (!ALGORITHMS.has(name)) {
    context.limit(
      `this target has no hash algorithm \`${name}\`; it has ${[...ALGORITHMS].join(', ')}`,
      algorithm.span,
    );
  }
  return name;
}

/** Adds a calculation and gives its name. */
export function calculation(
  context: EmitContext,
  algorithm: ConstExpr,
  input: readonly JsonValue[],
  span: Span,
): string {
  const name = context.names.fresh('calc');
  context.calculations.push({
    name,
    id: context.id('calculations'),
    source_info: context.source(span),
    algo: algorithmName(context, algorithm),
    input,
  });
  return name;
}

/** The fields and constants that a calculation works on; constants need a width here. */
export function calculationInput(
  context: EmitContext,
  write: ExpressionWriter,
  data: Expr,
): readonly JsonValue[] {
  if (data.kind === 'const') {
    const width = bitsOf(data.type);
    return [
      { type: 'hexstr', value: hex(BigInt.asUintN(width, data.value), bytesFor(width)), bitwidth: width },
    ];
  }
  if (isScalarType(data.type)) {
    if (locate(data)?.kind === 'field') return [write.parameter(data)];
    context.limit('only fields and constants can be hashed or summed on this target', data.span);
    return [];
  }
  return fieldsOf(data).flatMap((field) => calculationInput(context, write, field));
}
