import type { CheckedProgram, Type } from '../check/types.js';
import { evaluate, findAnnotation, type Scope, underlying, widthOf } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';

/** How a `type` with `@p4runtime_translation` appears to the control plane: `bits` wide, or a string. */
export interface Translation {
  readonly uri: string;
  readonly bits?: number;
}

export function translationOf(type: Type): Translation | undefined {
  if (type.kind !== 'newtype') return undefined;
  const annotation = findAnnotation(type.decl.annotations, 'p4runtime_translation');
  if (!annotation) return undefined;
  const [uri, width] = annotation.args ?? [];
  const body = annotation.body ?? '';
  return {
    uri: uri?.kind === 'StringLiteral' ? uri.value : (/"((?:\\.|[^"\\])*)"/.exec(body)?.[1] ?? ''),
    bits: width?.kind === 'NumberLiteral' ? Number(width.value) : translatedWidth(body),
  };
}

/** `@p4runtime_translation("uri", 32)`, `(..., bit<32>)` or `(..., string)`. */
function translatedWidth(body: string): number | undefined {
  const second = body.slice(body.lastIndexOf(',') + 1);
  const digits = /\d+/.exec(second)?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** The width that the control plane is told: of the translated type, 0 for strings and errors. */
export function controlPlaneWidth(type: Type): number {
  const translation = translationOf(type);
  if (translation) return translation.bits ?? 0;
  return type.kind === 'error' ? 0 : (widthOf(type) ?? 0);
}

/** A value as bytes: big-endian, as many bytes as the width needs. */
export function bytesOf(value: bigint, width: number): Buffer {
  const length = Math.ceil(width / 8);
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, '0');
  return Buffer.from(hex, 'hex');
}

/** The bytes of an action argument in a table's properties; undefined where it is no plain number or boolean. */
export function argumentBytes(
  checked: CheckedProgram,
  argument: ast.Expression,
  type: Type,
  scope: Scope,
): Buffer | undefined {
  const value = evaluate(checked, argument, scope);
  if (value?.kind !== 'constant') return undefined;
  const { constant } = value;
  if (constant.kind === 'bool') return bytesOf(constant.value ? 1n : 0n, 1);
  const width = controlPlaneWidth(type) || widthOf(type);
  if (width === undefined) return undefined;
  if (constant.kind === 'int') return constant.value < 0n ? undefined : bytesOf(constant.value, width);
  if (constant.kind !== 'name' || type.kind !== 'serEnum') return undefined;
  const member = type.members.get(constant.value.slice(constant.value.lastIndexOf('.') + 1));
  return member === undefined ? undefined : bytesOf(member, widthOf(underlying(type)) ?? width);
}
