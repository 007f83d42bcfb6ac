// Values of P4 types (specification, "Representation of Arbitrary P4 Types") as plain JavaScript values:
// bit and int as bigint, bool as boolean, tuple and stack as array, struct and header as object by member name (an
// invalid header is null), enum and error as string, serializable enum as the member's name or else its number, header
// union as an object with the member that is valid, or null.
import { invalid, within } from '../errors/within.js';
import { P4Data, type p4 } from '../messages.js';
import { toBigInt } from '../values/bitstring.js';
import { fromSigned, toSigned } from '../values/signed.js';
import { bitType, encodeValue, type ValueInput } from '../values/value.js';
import type { Init } from '../wire/message-type.js';

export type DataInput =
  | ValueInput
  | boolean
  | null
  | readonly DataInput[]
  | { readonly [member: string]: DataInput };
export type DataValue = bigint | boolean | string | null | DataValue[] | { [member: string]: DataValue };

type Spec = p4.config.v1.P4DataTypeSpec;
type BitsSpec = p4.config.v1.P4BitstringLikeTypeSpec;
type Types = p4.config.v1.P4TypeInfo | null;

/** @throws P4RuntimeError INVALID_ARGUMENT or OUT_OF_RANGE, with the path to the member that is wrong */
export function encodeData(spec: Spec, input: DataInput, types: Types): P4Data {
  return P4Data.from(encode(spec, input, types));
}

function encode(spec: Spec, input: DataInput, types: Types): Init<P4Data> {
  switch (spec.typeSpec) {
    case 'bitstring':
      return spec.bitstring?.varbit
        ? { varbit: varbit(spec.bitstring.varbit.maxBitwidth, input) }
        : { bitstring: bitstring(spec.bitstring!, input) };
    case 'bool':
      if (typeof input !== 'boolean') throw wrong('true or false', input);
      return { bool: input };
    case 'tuple':
      return {
        tuple: {
          members: list(input, spec.tuple!.members.length).map((item, i) =>
            within(`[${i}]`, () => encode(spec.tuple!.members[i]!, item, types)),
          ),
        },
      };
    case 'struct': {
      const { members } = declared('struct', types?.structs, spec.struct!.name);
      const values = record(
        input,
        members.map((member) => member.name),
      );
      return {
        struct: {
          members: members.map(({ name, typeSpec }, i) =>
            within(name, () => encode(typeSpec!, values[i]!, types)),
          ),
        },
      };
    }
    case 'header':
      return { header: header(spec.header!.name, input, types) };
    case 'headerStack':
      return {
        headerStack: {
          entries: list(input, spec.headerStack!.size).map((item) =>
            header(spec.headerStack!.header!.name, item, types),
          ),
        },
      };
    case 'headerUnion':
      return { headerUnion: headerUnion(spec.headerUnion!.name, input, types) };
    case 'headerUnionStack':
      return {
        headerUnionStack: {
          entries: list(input, spec.headerUnionStack!.size).map((item) =>
            headerUnion(spec.headerUnionStack!.headerUnion!.name, item, types),
          ),
        },
      };
    case 'enum': {
      const names = declared('enum', types?.enums, spec.enum!.name).members.map((member) => member.name);
      return { enum: oneOf(names, input) };
    }
    case 'error':
      return { error: oneOf(types?.error?.members ?? [], input) };
    case 'serializableEnum': {
      const { members, underlyingType } = declared(
        'enum',
        types?.serializableEnums,
        spec.serializableEnum!.name,
      );
      const member = members.find(({ name }) => name === input);
      return {
        enumValue: member ? member.value : encodeValue(plain(input), bitType(underlyingType?.bitwidth ?? 0)),
      };
    }
    case 'newType': {
      const type = declared('type', types?.newTypes, spec.newType!.name);
      if (type.originalType) return encode(type.originalType, input, types);
      if (type.translatedType?.sdnString) return { bitstring: new TextEncoder().encode(String(input)) };
      return { bitstring: encodeValue(plain(input), bitType(type.translatedType?.sdnBitwidth ?? 0)) };
    }
    default:
      throw invalid(`values of the type ${spec.typeSpec ?? 'unset'} cannot be written`);
  }
}

function bitstring(spec: BitsSpec, input: DataInput): Uint8Array {
  if (!spec.int) return encodeValue(plain(input), bitType(spec.bit?.bitwidth ?? 0));
  const value = plain(input);
  if (value instanceof Uint8Array) return fromSigned(toSigned(value, spec.int.bitwidth), spec.int.bitwidth);
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) throw wrong('a decimal number', input);
  return fromSigned(typeof value === 'string' ? BigInt(value) : value, spec.int.bitwidth);
}

function varbit(maximum: number, input: DataInput) {
  if (!(input instanceof Uint8Array)) throw wrong('a Uint8Array of the bits that are there', input);
  if (input.length * 8 > maximum) throw invalid(`${input.length * 8} bits do not fit in varbit<${maximum}>`);
  return { bitstring: input, bitwidth: input.length * 8 };
}

function header(name: string, input: DataInput, types: Types) {
  if (input === null) return { isValid: false };
  const { members } = declared('header', types?.headers, name);
  const values = record(
    input,
    members.map((member) => member.name),
  );
  return {
    isValid: true,
    bitstrings: members.map((member, i) =>
      within(member.name, () => bitstring(member.typeSpec!, values[i]!)),
    ),
  };
}

function headerUnion(name: string, input: DataInput, types: Types): Init<NonNullable<P4Data['headerUnion']>> {
  if (input === null) return {};
  const { members } = declared('header union', types?.headerUnions, name);
  const valid = typeof input === 'object' && !Array.isArray(input) ? Object.entries(input) : [];
  const [member, value] = valid[0] ?? [];
  const type = members.find((one) => one.name === member);
  if (!type || valid.length !== 1)
    throw wrong(`null or an object with one of ${members.map((one) => one.name).join(', ')}`, input);
  return {
    validHeaderName: type.name,
    validHeader: within(type.name, () => header(type.header!.name, value as DataInput, types)),
  };
}

/**
 * @param spec the type that the value was declared with
 * @throws P4RuntimeError INVALID_ARGUMENT when the value is not of that type
 */
export function decodeData(spec: Spec, data: P4Data, types: Types): DataValue {
  switch (spec.typeSpec) {
    case 'bitstring':
      if (spec.bitstring?.int && data.bitstring) return toSigned(data.bitstring, spec.bitstring.int.bitwidth);
      return toBigInt(there(data.bitstring ?? data.varbit?.bitstring, spec, data));
    case 'bool':
      return there(data.bool, spec, data);
    case 'tuple':
      return there(data.tuple, spec, data).members.map((item, i) =>
        decodeData(memberOf(spec.tuple!.members, i), item, types),
      );
    case 'struct': {
      const { members } = declared('struct', types?.structs, spec.struct!.name);
      const values = there(data.struct, spec, data).members;
      return Object.fromEntries(
        members.map(({ name, typeSpec }, i) => [name, decodeData(typeSpec!, memberOf(values, i), types)]),
      );
    }
    case 'header':
      return headerValue(spec.header!.name, there(data.header, spec, data), types);
    case 'headerStack':
      return there(data.headerStack, spec, data).entries.map((entry) =>
        headerValue(spec.headerStack!.header!.name, entry, types),
      );
    case 'headerUnion':
      return unionValue(spec.headerUnion!.name, there(data.headerUnion, spec, data), types);
    case 'headerUnionStack':
      return there(data.headerUnionStack, spec, data).entries.map((entry) =>
        unionValue(spec.headerUnionStack!.headerUnion!.name, entry, types),
      );
    case 'enum':
      return there(data.enum, spec, data);
    case 'error':
      return there(data.error, spec, data);
    case 'serializableEnum': {
      const value = toBigInt(there(data.enumValue, spec, data));
      const { members } = declared('enum', types?.serializableEnums, spec.serializableEnum!.name);
      return members.find((member) => toBigInt(member.value) === value)?.name ?? value;
    }
    case 'newType': {
      const type = declared('type', types?.newTypes, spec.newType!.name);
      if (type.originalType) return decodeData(type.originalType, data, types);
      const bytes = there(data.bitstring, spec, data);
      return type.translatedType?.sdnString ? Buffer.from(bytes).toString() : toBigInt(bytes);
    }
    default:
      throw invalid(`values of the type ${spec.typeSpec ?? 'unset'} cannot be read`);
  }
}

function headerValue(name: string, value: NonNullable<P4Data['header']>, types: Types): DataValue {
  if (!value.isValid) return null;
  const { members } = declared('header', types?.headers, name);
  const entries = members.map((member, i): [string, DataValue] => {
    const bytes = memberOf(value.bitstrings, i);
    return [
      member.name,
      member.typeSpec?.int ? toSigned(bytes, member.typeSpec.int.bitwidth) : toBigInt(bytes),
    ];
  });
  return Object.fromEntries(entries);
}

function unionValue(name: string, value: NonNullable<P4Data['headerUnion']>, types: Types): DataValue {
  if (!value.validHeaderName || !value.validHeader) return null;
  const { members } = declared('header union', types?.headerUnions, name);
  const type = members.find((one) => one.name === value.validHeaderName);
  if (!type) throw invalid(`the header union ${name} has no member ${value.validHeaderName}`);
  return { [type.name]: headerValue(type.header!.name, value.validHeader, types) };
}

function declared<T>(kind: string, all: Record<string, T> | undefined, name: string): T {
  const found = all && Object.hasOwn(all, name) ? all[name] : undefined;
  if (!found) throw invalid(`the P4Info does not describe the ${kind} ${name}`);
  return found;
}

function there<T>(value: T | null | undefined, spec: Spec, data: P4Data): T {
  if (value === null || value === undefined)
    throw invalid(`expected a ${spec.typeSpec}, found ${data.data ?? 'nothing'}`);
  return value;
}

function memberOf<T>(members: readonly T[], i: number): T {
  const member = members[i];
  if (member === undefined) throw invalid(`the value has ${members.length} members, which is too few`);
  return member;
}

function list(input: DataInput, length: number): readonly DataInput[] {
  if (!Array.isArray(input) || input.length !== length) throw wrong(`an array of ${length}`, input);
  return input;
}

function record(input: DataInput, names: readonly string[]): DataInput[] {
  const object =
    typeof input === 'object' && input !== null && !Array.isArray(input) && !(input instanceof Uint8Array);
  const given = object ? (input as Record<string, DataInput>) : {};
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (!object || unknown !== undefined || names.some((name) => !Object.hasOwn(given, name))) {
    throw wrong(`an object with ${names.join(', ')}`, input);
  }
  return names.map((name) => given[name]!);
}

function oneOf(names: readonly string[], input: DataInput): string {
  if (typeof input !== 'string' || !names.includes(input)) throw wrong(`one of ${names.join(', ')}`, input);
  return input;
}

function plain(input: DataInput): ValueInput {
  if (typeof input === 'boolean' || (typeof input === 'object' && !(input instanceof Uint8Array)))
    throw wrong('a number', input);
  return input as ValueInput;
}

function wrong(expected: string, found: DataInput) {
  const shown =
    typeof found === 'object' && found !== null
      ? `an object with ${Object.keys(found).join(', ') || 'nothing'}`
      : String(found);
  return invalid(`expected ${expected}, found ${shown}`);
}
