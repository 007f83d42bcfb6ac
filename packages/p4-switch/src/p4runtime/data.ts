import type { Init, P4Data, p4 } from 'p4runtime-js';
import type { DataTypeSpec } from './bindings.js';
import { fromBytes, toWidth } from './bytes.js';
import { invalid, unimplemented } from './errors.js';

type TypeInfo = p4.config.v1.P4TypeInfo | null;

/** What P4Data says, as the bits of a register cell. @throws P4RuntimeError */
export function bitsOf(data: P4Data, width: number, what: string): bigint {
  if (data.bitstring) return fromBytes(data.bitstring, width, what);
  if (data.enumValue) return fromBytes(data.enumValue, width, what);
  if (data.bool !== null) return data.bool ? 1n : 0n;
  throw invalid(`${what}: its cells are bit strings of ${width} bits, not ${data.data ?? 'nothing'}`);
}

/** Bits as P4Data of a scalar type. @throws P4RuntimeError UNIMPLEMENTED for types that are no bit strings */
export function dataFromBits(
  bits: bigint,
  width: number,
  type: DataTypeSpec | null,
  types: TypeInfo,
): Init<P4Data> {
  const shape = resolved(type, types);
  if (shape?.bool) return { bool: bits !== 0n };
  if (shape?.serializableEnum) return { enumValue: toWidth(bits, width) };
  if (!shape || shape.bitstring) return { bitstring: toWidth(bits, width) };
  throw unimplemented(`values of the type ${shape.typeSpec} cannot be told`);
}

/**
 * The values of a digest as P4Data: a struct or tuple of its members, or a single value.
 * @param fields widths in the order of the values
 */
export function digestData(
  values: readonly bigint[],
  fields: readonly { readonly width: number }[],
  type: DataTypeSpec | null,
  types: TypeInfo,
): Init<P4Data> {
  const shape = resolved(type, types);
  const one = (i: number, member: DataTypeSpec | null) =>
    dataFromBits(values[i] ?? 0n, fields[i]?.width ?? 0, member, types);
  if (shape?.struct) {
    const members = types?.structs[shape.struct.name]?.members ?? [];
    return { struct: { members: members.map((m, i) => one(i, m.typeSpec)) } };
  }
  if (shape?.tuple) return { tuple: { members: shape.tuple.members.map((m, i) => one(i, m)) } };
  if (values.length === 1) return one(0, shape);
  return { struct: { members: values.map((_, i) => one(i, null)) } };
}

/** A newtype is told as what it stands for. */
function resolved(type: DataTypeSpec | null, types: TypeInfo): DataTypeSpec | null {
  let shape = type;
  for (let depth = 0; shape?.newType && depth < 16; depth++) {
    shape = types?.newTypes[shape.newType.name]?.originalType ?? null;
  }
  return shape;
}
