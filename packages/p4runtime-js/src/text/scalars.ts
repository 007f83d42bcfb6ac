import type { EnumSchema, FieldSchema } from '../wire/schema-types.js';
import { describe, type Scanner } from './scanner.js';

const INTEGER_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
const TRUE = ['true', 'True', 't', '1'];
const FALSE = ['false', 'False', 'f', '0'];

/** Reads a value that is not a message. */
export function readScalar(scanner: Scanner, field: FieldSchema, members: EnumSchema | undefined): unknown {
  switch (field.kind) {
    case 'string':
      return new TextDecoder().decode(readBytes(scanner, field));
    case 'bytes':
      return readBytes(scanner, field);
    case 'bool': {
      const { text } = scanner.next;
      if (!TRUE.includes(text) && !FALSE.includes(text)) {
        throw scanner.error(`expected true or false for ${field.name}, found ${describe(scanner.next)}`);
      }
      scanner.take();
      return TRUE.includes(text);
    }
    case 'enum':
      return readEnum(scanner, field, members ?? {});
    default:
      return readInteger(scanner, field.name, field.kind);
  }
}

/** Adjacent literals are one string. */
function readBytes(scanner: Scanner, field: FieldSchema): Uint8Array {
  if (scanner.next.kind !== 'string') {
    throw scanner.error(`expected a string in quotes for ${field.name}, found ${describe(scanner.next)}`);
  }
  const parts: Uint8Array[] = [];
  while (scanner.next.kind === 'string') parts.push(scanner.take().bytes!);
  return parts.length === 1 ? parts[0]! : Uint8Array.from(Buffer.concat(parts));
}

function readEnum(scanner: Scanner, field: FieldSchema, members: EnumSchema): number {
  const token = scanner.next;
  if (token.kind !== 'name') return Number(readInteger(scanner, field.name, 'int32'));
  if (!Object.hasOwn(members, token.text)) {
    throw scanner.error(`'${token.text}' is no ${field.type}; it has ${Object.keys(members).join(', ')}`);
  }
  scanner.take();
  return members[token.text]!;
}

function readInteger(scanner: Scanner, name: string, kind: string): number | bigint {
  const start = scanner.next;
  const negative = scanner.accept('-');
  const token = scanner.next;
  const [low, high] = INTEGER_RANGES[kind]!;
  const wrong = (found: string) =>
    scanner.error(`expected an integer from ${low} to ${high} for ${name}, found ${found}`, start);
  const sign = negative ? '-' : '';
  if (token.kind !== 'number' || !/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(token.text)) {
    throw wrong(negative ? `'-${token.text}'` : describe(token));
  }
  const magnitude = /^0[0-7]+$/.test(token.text) ? BigInt(`0o${token.text.slice(1)}`) : BigInt(token.text);
  const value = negative ? -magnitude : magnitude;
  if (value < low || value > high) throw wrong(`'${sign}${token.text}'`);
  scanner.take();
  return kind.endsWith('64') ? value : Number(value);
}
