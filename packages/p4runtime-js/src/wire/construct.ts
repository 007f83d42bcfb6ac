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

export function construct(name: string, init: unknown, classOf: Lookup): object {
  if (typeof init !== 'object' || init === null || Array.isArray(init)) {
    throw wrong(name, 'an object', init);
  }
  const fields = messageFields[name]!;
  const message = new (classOf(name))() as Members;
  const chosen = new Map<string, string>();
  const given = init as Members;
  for (const field of fields) {
    const value = given[field.key];
    if (value === undefined || value === null) continue;
    if (field.oneof) {
      const other = chosen.get(field.oneof);
      if (other)
        throw invalid(
          `${name}: ${other} and ${field.key} are both set, but ${field.oneof} holds only one of them`,
        );
      chosen.set(field.oneof, field.key);
    }
    const checked = fieldValue(`${name}.${field.key}`, field, value, classOf);
    // A default that has no presence is left to the prototype, as decoding does, so that equal messages are deepEqual.
    if (field.label !== 'single' || field.oneof || !isDefault(checked)) message[field.key] = checked;
  }
  for (const key of Object.keys(given)) {
    if (fields.some((field) => field.key === key || field.oneof === key) || key === '$unknowns') continue;
    throw invalid(
      `${name} has no field ${key}; it has ${fields.map((field) => field.key).join(', ') || 'no fields'}`,
    );
  }
  return message;
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0 || value === 0n || value === '' || value === false;
}

function fieldValue(path: string, field: FieldSchema, value: unknown, classOf: Lookup): unknown {
  if (field.label === 'repeated') {
    if (!Array.isArray(value)) throw wrong(path, 'an array', value);
    return value.map((item, i) => single(`${path}[${i}]`, field, item, classOf));
  }
  if (field.label === 'map') {
    if (typeof value !== 'object' || value === null) throw wrong(path, 'an object', value);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, single(`${path}.${key}`, field, item, classOf)]),
    );
  }
  return single(path, field, value, classOf);
}

function single(path: string, field: FieldSchema, value: unknown, classOf: Lookup): unknown {
  switch (field.kind) {
    case 'message':
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw wrong(path, `a ${field.type}`, value);
      return construct(field.type!, value, classOf);
    case 'string':
      if (typeof value !== 'string') throw wrong(path, 'a string', value);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(path, 'true or false', value);
      return value;
    case 'bytes':
      if (!(value instanceof Uint8Array)) throw wrong(path, 'a Uint8Array', value);
      // A copy, so that a later change of the caller's buffer does not reach the message; and never a Buffer.
      return Uint8Array.from(value);
    case 'enum': {
      const names = enumValues[field.type!]!;
      if (typeof value !== 'number' || !Number.isInteger(value)) {
        throw wrong(path, `a member of ${field.type} (${Object.keys(names).join(', ')})`, value);
      }
      return value;
    }
    default:
      return integer(path, field.kind, value);
  }
}

function integer(path: string, kind: keyof typeof INTEGERS, value: unknown): number | bigint {
  const [low, high] = INTEGERS[kind];
  const whole = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));
  if (!whole || value < low || value > high) throw wrong(path, `an integer from ${low} to ${high}`, value);
  return kind === 'int64' || kind === 'uint64' ? BigInt(value) : Number(value);
}

function wrong(path: string, expected: string, found: unknown): P4RuntimeError {
  return invalid(`${path}: expected ${expected}, found ${shown(found)}`);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `the string ${JSON.stringify(value)}`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null
    ? `an object (${value.constructor?.name ?? 'plain'})`
    : String(value);
}

function invalid(message: string): P4RuntimeError {
  return new P4RuntimeError(message, Code.INVALID_ARGUMENT);
}
