// Builds a message from a plain object, checking each value on the way (`MessageType.from`).
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { enumValues, messageFields } from '../generated/schema.js';
import type { FieldSchema } from './schema-types.js';

type Lookup = (name: string) => new () => object;
type Members = Record<string, unknown>;

const INTEGERS = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
} as const;

/** A message's fields, and every key that an object for it may have. Worked out once: building is on the hot path. */
interface Shape {
  readonly fields: readonly FieldSchema[];
  readonly keys: ReadonlySet<string>;
}

const shapes = new Map<string, Shape>();

function shapeOf(name: string): Shape {
  let shape = shapes.get(name);
  if (!shape) {
    const fields = messageFields[name]!;
    shape = {
      fields,
      keys: new Set(['$unknowns', ...fields.flatMap(({ key, oneof }) => (oneof ? [key, oneof] : [key]))]),
    };
    shapes.set(name, shape);
  }
  return shape;
}

export function construct(name: string, init: unknown, classOf: Lookup): object {
  if (typeof init !== 'object' || init === null || Array.isArray(init)) throw wrong(name, 'an object', init);
  const type = classOf(name);
  // Made by `from` or `decode`, so checked already.
  if (init instanceof type) return init;
  const { fields, keys } = shapeOf(name);
  const given = init as Members;
  for (const key in given) {
    if (!keys.has(key))
      throw invalid(
        `${name} has no field ${key}; it has ${fields.map((field) => field.key).join(', ') || 'no fields'}`,
      );
  }
  const message = new type() as Members;
  let chosen: Map<string, string> | undefined;
  for (const field of fields) {
    const value = given[field.key];
    if (value === undefined || value === null) continue;
    if (field.oneof) {
      const other = chosen?.get(field.oneof);
      if (other)
        throw invalid(
          `${name}: ${other} and ${field.key} are both set, but ${field.oneof} holds only one of them`,
        );
      chosen ??= new Map();
      chosen.set(field.oneof, field.key);
    }
    const checked = fieldValue(name, field, value, classOf);
    // A default that has no presence is left to the prototype, as decoding does, so that equal messages are deepEqual.
    if (field.label !== 'single' || field.oneof || !isDefault(checked)) message[field.key] = checked;
  }
  return message;
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === 0n || value === '' || value === false;
}

function fieldValue(name: string, field: FieldSchema, value: unknown, classOf: Lookup): unknown {
  if (field.label === 'repeated') {
    if (!Array.isArray(value)) throw wrong(`${name}.${field.key}`, 'an array', value);
    return value.map((item, i) => single(name, field, i, item, classOf));
  }
  if (field.label === 'map') {
    if (typeof value !== 'object') throw wrong(`${name}.${field.key}`, 'an object', value);
    return Object.fromEntries(
      Object.entries(value as Members).map(([key, item]) => [key, single(name, field, key, item, classOf)]),
    );
  }
  return single(name, field, undefined, value, classOf);
}

/** @param at place in the list or map, for messages */
function single(
  name: string,
  field: FieldSchema,
  at: string | number | undefined,
  value: unknown,
  classOf: Lookup,
): unknown {
  switch (field.kind) {
    case 'message':
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw misfit(name, field, at, value, `a ${field.type}`);
      return construct(field.type!, value, classOf);
    case 'string':
      if (typeof value !== 'string') throw misfit(name, field, at, value, 'a string');
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw misfit(name, field, at, value, 'true or false');
      return value;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw misfit(name, field, at, value, 'a Uint8Array');
      // A copy, so that a later change of the caller's buffer does not reach the message; and never a Buffer.
      return new Uint8Array(value);
    case 'enum':
      if (typeof value !== 'number' || (value | 0) !== value) {
        throw misfit(
          name,
          field,
          at,
          value,
          `a member of ${field.type} (${Object.keys(enumValues[field.type!]!).join(', ')})`,
        );
      }
      return value;
    default: {
      const integer = checkedInteger(field.kind, value);
      if (integer === undefined)
        throw misfit(
          name,
          field,
          at,
          value,
          `an integer from ${INTEGERS[field.kind][0]} to ${INTEGERS[field.kind][1]}`,
        );
      return integer;
    }
  }
}

function misfit(
  name: string,
  field: FieldSchema,
  at: string | number | undefined,
  value: unknown,
  expected: string,
): P4RuntimeError {
  return wrong(`${name}.${field.key}${at === undefined ? '' : `[${at}]`}`, expected, value);
}

function checkedInteger(kind: keyof typeof INTEGERS, value: unknown): number | bigint | undefined {
  if (kind === 'uint32' && typeof value === 'number') return value >>> 0 === value ? value : undefined;
  if (kind === 'int32' && typeof value === 'number') return (value | 0) === value ? value : undefined;
  const [low, high] = INTEGERS[kind];
  const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!whole || value < low || value > high) return undefined;
  return kind === 'int64' || kind === 'uint64' ? BigInt(value) : Number(value);
}

function wrong(path: string, expected: string, found: unknown): P4RuntimeError {
  return invalid(`${path}: expected ${expected}, found ${shown(found)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

function invalid(message: string): P4RuntimeError {
  return new P4RuntimeError(message, Code.INVALID_ARGUMENT);
}
