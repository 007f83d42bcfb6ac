import type { Init, P4Data, p4 } from 'p4runtime-js';
import type { DataTypeSpec } from './bindings.js';
import { fromBytes, fromSignedBytes, toBytes, toSignedBytes } from './bytes.js';
import { invalid, unimplemented } from './errors.js';

type TypeInfo = p4.config.v1.P4TypeInfo | null;
type Scalar = 'bit' | 'int' | 'bool' | 'enum';

/**
 * What P4Data says, as the bits of a register cell. It has to be of the cell's type (specification, "RegisterEntry").
 * @throws P4RuntimeError INVALID_ARGUMENT, OUT_OF_RANGE
 */
export function bitsOf(
  data: P4Data,
  width: number,
  type: DataTypeSpec | null,
  types: TypeInfo,
  what: string,
): bigint {
  const scalar = scalarOf(type, types);
  if (scalar === 'bool' && data.bool !== null) return data.bool ? 1n : 0n;
  if (scalar === 'enum' && data.enumValue) return fromBytes(data.enumValue, width, what);
  if (scalar === 'bit' && data.bitstring) return fromBytes(data.bitstring, width, what);
  if (scalar === 'int' && data.bitstring) return fromSignedBytes(data.bitstring, width, what);
  const wanted = { bit: 'bitstring', int: 'bitstring', bool: 'bool', enum: 'enum_value' }[scalar];
  throw invalid(`${what}: its data is a ${wanted}, not ${data.data ?? 'nothing'}`);
}

/** Bits as P4Data of a scalar type. */
export function dataFromBits(
  bits: bigint,
  width: number,
  type: DataTypeSpec | null,
  types: TypeInfo,
): Init<P4Data> {
  switch (scalarOf(type, types)) {
    case 'bool':
      return { bool: bits !== 0n };
    case 'enum':
      return { enumValue: toBytes(bits) };
    case 'int':
      return { bitstring: toSignedBytes(bits, width) };
    default:
      return { bitstring: toBytes(bits) };
  }
}

/**
 * The values of a digest as P4Data: a struct, header or tuple of its members, or a single value.
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

/** @throws P4RuntimeError UNIMPLEMENTED for a type that is no single value */
function scalarOf(type: DataTypeSpec | null, types: TypeInfo): Scalar {
  const shape = resolved(type, types);
  if (shape?.bool) return 'bool';
  if (shape?.serializableEnum) return 'enum';
  if (!shape) return 'bit';
  if (shape.bitstring) return shape.bitstring.int ? 'int' : 'bit';
  throw unimplemented(
    `a value of the type ${shape.typeSpec} is not supported; it is one of bit, int, bool, enum`,
  );
}

/** A newtype is told as what it stands for. */
function resolved(type: DataTypeSpec | null, types: TypeInfo): DataTypeSpec | null {
  let shape = type;
  // A type may be made of others, but not in a circle; a hostile P4Info's may.
  for (let depth = 0; shape?.newType && depth < 16; depth++) {
    shape = types?.newTypes[shape.newType.name]?.originalType ?? null;
  }
  return shape;
}
