import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import type { p4 } from '../messages.js';
import { bitType, STRING_TYPE, type ValueFormat, type ValueType } from '../values/value.js';

type P4TypeInfo = p4.config.v1.P4TypeInfo;

/** What a key, a parameter or a metadata field says of its values. */
export interface TypedField {
  readonly name: string;
  readonly bitwidth: number;
  readonly annotations: readonly string[];
  readonly typeName: { readonly name: string } | null;
}

/**
 * The type of a field's values as the controller sees them: a translated type's own width, or a string (specification,
 * "User-defined types").
 * @throws P4RuntimeError INVALID_ARGUMENT when the P4Info gives no width
 */
export function valueTypeOf(field: TypedField, types: P4TypeInfo | null): ValueType {
  const newTypes = types?.newTypes ?? {};
  const name = field.typeName?.name ?? '';
  const translation = Object.hasOwn(newTypes, name) ? newTypes[name]?.translatedType : undefined;
  if (translation?.sdnString) return STRING_TYPE;
  const width = translation?.sdnBitwidth || field.bitwidth;
  if (width <= 0)
    throw new P4RuntimeError(`the P4Info gives ${field.name} no bitwidth`, Code.INVALID_ARGUMENT);
  return bitType(width, formatOf(field, width));
}

const FORMATS: Readonly<Record<string, ValueFormat>> = {
  MAC_ADDRESS: 'mac',
  IPV4_ADDRESS: 'ipv4',
  IPV6_ADDRESS: 'ipv6',
  HEX_STRING: 'hex',
};

/** `@format(IPV4_ADDRESS)`, or a name that says so: 32 bits alone are no address. */
function formatOf({ name, annotations }: TypedField, width: number): ValueFormat | undefined {
  for (const annotation of annotations) {
    const format = /^@format\((\w+)\)$/.exec(annotation)?.[1];
    if (format && FORMATS[format]) return FORMATS[format];
  }
  return width === 32 && /ip_?v?4/i.test(name) ? 'ipv4' : undefined;
}
