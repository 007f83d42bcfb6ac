import { enumValues, messageFields } from '../generated/schema.js';
import { type Init, type MessageType, messageTypeByName } from '../wire/message-type.js';
import type { FieldSchema } from '../wire/schema-types.js';
import { quote } from './strings.js';

type Members = Readonly<Record<string, unknown>>;

/**
 * Writes a message in protobuf's text format, byte for byte as its C++ TextFormat printer does with Any expanded, which
 * is what p4c uses: fields by number, map entries by key, two spaces of indent, defaults left out.
 */
export function formatText<T>(type: MessageType<T>, message: Init<T>): string {
  return body(type.name, message as Members, '');
}

function body(name: string, message: Members, indent: string): string {
  if (name === 'google.protobuf.Any') {
    const expanded = expandedAny(message, indent);
    if (expanded !== undefined) return expanded;
  }
  let text = '';
  for (const field of messageFields[name]!) {
    const value = message[field.key];
    if (value === undefined || value === null) continue;
    if (field.label === 'repeated') {
      for (const item of value as readonly unknown[]) text += line(field, item, indent);
    } else if (field.label === 'map') {
      for (const [key, item] of sortedEntries(value as Members)) text += mapEntry(field, key, item, indent);
    } else if (field.oneof !== undefined || field.kind === 'message' || !isDefault(value)) {
      text += line(field, value, indent);
    }
  }
  return text;
}

function line(field: FieldSchema, value: unknown, indent: string): string {
  if (field.kind !== 'message') return `${indent}${field.name}: ${scalar(field, value)}\n`;
  return `${indent}${field.name} {\n${body(field.type!, value as Members, `${indent}  `)}${indent}}\n`;
}

function mapEntry(field: FieldSchema, key: string, value: unknown, indent: string): string {
  const inner = line({ ...field, name: 'value' }, value, `${indent}  `);
  return `${indent}${field.name} {\n${indent}  key: ${quote(Buffer.from(key))}\n${inner}${indent}}\n`;
}

function sortedEntries(map: Members): [string, unknown][] {
  return Object.entries(map).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function scalar(field: FieldSchema, value: unknown): string {
  if (typeof value === 'string') return quote(Buffer.from(value));
  if (value instanceof Uint8Array) return quote(value);
  if (field.kind === 'enum') {
    for (const [name, number] of Object.entries(enumValues[field.type!]!)) if (number === value) return name;
  }
  return String(value);
}

function isDefault(value: unknown): boolean {
  return (
    value === false ||
    value === '' ||
    value === 0 ||
    value === 0n ||
    (value instanceof Uint8Array && value.length === 0)
  );
}

/** The content, where the Any holds a message that P4Runtime knows and that can be read. */
function expandedAny(any: Members, indent: string): string | undefined {
  const typeUrl = (any.typeUrl as string | undefined) ?? '';
  const slash = typeUrl.lastIndexOf('/');
  const type = slash < 0 ? undefined : messageTypeByName(typeUrl.slice(slash + 1));
  if (!type) return undefined;
  try {
    const content = type.decode((any.value as Uint8Array | undefined) ?? new Uint8Array(0));
    return `${indent}[${typeUrl}] {\n${body(type.name, content as Members, `${indent}  `)}${indent}}\n`;
  } catch {
    return undefined;
  }
}
