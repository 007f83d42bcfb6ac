import { enumValues, messageFields } from '../generated/schema.js';
import { google } from '../messages.js';
import { type Init, type MessageType, messageTypeByName } from '../wire/message-type.js';
import type { FieldSchema } from '../wire/schema-types.js';
import { readScalar } from './scalars.js';
import { describe, Scanner } from './scanner.js';

type Members = Record<string, unknown>;

const DEPTH_LIMIT = 100;
const ANY = 'google.protobuf.Any';

/**
 * Reads a message in protobuf's text format, e.g. a `.p4info.txtpb` file.
 * @param source what errors call the text, e.g. its file name
 * @throws TextFormatError with line and column: a syntax error, a field that the message does not have (it lists those
 * that it has), a value of the wrong type or out of range, a field given twice, two members of a oneof
 */
export function parseText<T>(type: MessageType<T>, text: string, source = 'text'): T {
  const scanner = new Scanner(text, source);
  const message = messageBody(scanner, type.name, '', 0);
  return type.from(message as Init<T>);
}

/** Fields up to the closing symbol, or to the end of the text for the outermost message. */
function messageBody(scanner: Scanner, name: string, close: string, depth: number): Members {
  if (depth > DEPTH_LIMIT) throw scanner.error(`messages are nested more than ${DEPTH_LIMIT} deep`);
  const fields = messageFields[name]!;
  const message: Members = {};
  const oneofs = new Map<string, string>();
  while (!(close ? scanner.accept(close) : scanner.next.kind === 'end')) {
    if (scanner.next.kind === 'end')
      throw scanner.error(`expected '${close}' to close ${name}, found the end of the text`);
    if (name === ANY && scanner.accept('[')) {
      Object.assign(message, expandedAny(scanner, depth));
    } else {
      const field = fieldName(scanner, name, fields, message, oneofs);
      fieldValue(scanner, field, message, depth);
    }
    if (!scanner.accept(',')) scanner.accept(';');
  }
  return message;
}

function fieldName(
  scanner: Scanner,
  name: string,
  fields: readonly FieldSchema[],
  message: Members,
  oneofs: Map<string, string>,
): FieldSchema {
  const token = scanner.next;
  if (token.kind !== 'name') throw scanner.error(`expected a field of ${name}, found ${describe(token)}`);
  const field = fields.find((candidate) => candidate.name === token.text);
  if (!field) {
    const valid = fields.map((candidate) => candidate.name).join(', ') || 'no fields';
    throw scanner.error(`${name} has no field '${token.text}'; it has ${valid}`);
  }
  if (field.label === 'single' && message[field.key] !== undefined) {
    throw scanner.error(`${field.name} is given twice, but it is not repeated`);
  }
  if (field.oneof) {
    const other = oneofs.get(field.oneof);
    if (other) throw scanner.error(`${other} and ${field.name} are both given, but only one of them can be`);
    oneofs.set(field.oneof, field.name);
  }
  scanner.take();
  return field;
}

function fieldValue(scanner: Scanner, field: FieldSchema, message: Members, depth: number): void {
  // The colon may be left out in front of a message.
  if (field.kind === 'message' || field.label === 'map') scanner.accept(':');
  else scanner.expect(':', `after ${field.name}`);
  if (field.label === 'single') {
    message[field.key] = singleValue(scanner, field, depth);
    return;
  }
  const values: unknown[] = [];
  if (scanner.accept('[')) {
    while (!scanner.accept(']')) {
      values.push(
        field.label === 'map' ? mapEntry(scanner, field, depth) : singleValue(scanner, field, depth),
      );
      if (scanner.next.text !== ']') scanner.expect(',', `or ']' in the list of ${field.name}`);
    }
  } else {
    values.push(field.label === 'map' ? mapEntry(scanner, field, depth) : singleValue(scanner, field, depth));
  }
  if (field.label === 'map') {
    const entries = [
      ...Object.entries((message[field.key] as Members | undefined) ?? {}),
      ...(values as [string, unknown][]),
    ];
    message[field.key] = Object.fromEntries(entries);
  } else {
    message[field.key] = [...((message[field.key] as unknown[] | undefined) ?? []), ...values];
  }
}

function singleValue(scanner: Scanner, field: FieldSchema, depth: number): unknown {
  if (field.kind === 'message')
    return messageBody(scanner, field.type!, openMessage(scanner, field.name), depth + 1);
  return readScalar(scanner, field, field.kind === 'enum' ? enumValues[field.type!] : undefined);
}

/** Takes the opening symbol; gives the closing one. */
function openMessage(scanner: Scanner, name: string): string {
  if (scanner.accept('<')) return '>';
  scanner.expect('{', `to open ${name}`);
  return '}';
}

/** `{ key: "..." value { ... } }` */
function mapEntry(scanner: Scanner, field: FieldSchema, depth: number): [string, unknown] {
  const close = openMessage(scanner, field.name);
  const valueField: FieldSchema = { ...field, name: 'value', key: 'value', label: 'single' };
  const keyField: FieldSchema = { number: 1, name: 'key', key: 'key', kind: 'string', label: 'single' };
  const entry: Members = {};
  while (!scanner.accept(close)) {
    const part = fieldName(scanner, `an entry of ${field.name}`, [keyField, valueField], entry, new Map());
    fieldValue(scanner, part, entry, depth + 1);
    if (!scanner.accept(',')) scanner.accept(';');
  }
  return [
    (entry.key as string | undefined) ?? '',
    entry.value ?? (field.kind === 'message' ? {} : undefined),
  ];
}

/** `[type.googleapis.com/p4.v1.Entity] { ... }` inside a google.protobuf.Any; the bracket is taken already. */
function expandedAny(scanner: Scanner, depth: number): Members {
  const start = scanner.next;
  let typeUrl = '';
  while (!scanner.accept(']')) {
    if (scanner.next.kind === 'end')
      throw scanner.error("expected ']' after the type's URL, found the end of the text");
    typeUrl += scanner.take().text;
  }
  const name = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const type = messageTypeByName(name);
  if (!type)
    throw scanner.error(`${name} is no message of P4Runtime; give type_url and value instead`, start);
  scanner.accept(':');
  const content = messageBody(scanner, name, openMessage(scanner, typeUrl), depth + 1);
  return google.protobuf.Any.from({ typeUrl, value: type.encode(type.from(content)) }) as unknown as Members;
}
