import type { Field, Header, HeaderUnion } from '../ir/program.js';
import type { HeaderType, LoadContext, Mutable } from './context.js';
import { buildData } from './expressions.js';
import type { JsonNode } from './node.js';

/** Widest field taken; BMv2 has no limit, P4 targets stop at 2048 (p4c's Type_Bits maximum). */
const MAX_FIELD_BITS = 16384;
/** Bytes a varbit header may take when its type gives no max_length. */
const DEFAULT_MAX_HEADER_BYTES = 256;

export function loadHeaders(context: LoadContext, root: JsonNode): void {
  for (const node of root.list('header_types')) {
    const type = loadHeaderType(node);
    context.headerTypes.add(node, type.name, type);
  }
  for (const node of root.list('headers')) loadHeader(context, node);
  for (const node of root.list('header_stacks')) {
    const headers = nonEmpty(node.get('header_ids')).map((id) => headerById(context, id));
    sameType(node, headers);
    const name = node.get('name').string();
    context.stacks.add(node, name, { index: context.stacks.values().length, name, headers });
  }
  loadUnions(context, root);
  for (const node of root.list('field_aliases')) {
    const [alias, target] = node.tuple(2) as [JsonNode, JsonNode];
    context.aliases.set(alias.string(), context.field(target));
  }
}

function loadHeaderType(node: JsonNode): HeaderType {
  const fields = node
    .get('fields')
    .array()
    .map((field) => {
      const parts = field.array();
      if (parts.length < 2) field.fail('expected [name, width] or [name, width, signed]');
      const varbit = parts[1]!.value === '*';
      return {
        name: parts[0]!.string(),
        width: varbit ? 0 : parts[1]!.integer(1, MAX_FIELD_BITS),
        signed:
          parts[2] !== undefined && !parts[2].isNull && typeof parts[2].value === 'boolean' && parts[2].value,
        saturating: parts[3] !== undefined && parts[3].value === true,
        varbit,
        node: field,
      };
    });
  const names = new Set<string>();
  for (const field of fields) {
    if (names.has(field.name)) field.node.fail(`a second field named "${field.name}"`);
    names.add(field.name);
    if (field.signed && field.width < 2) field.node.fail('a signed field needs at least 2 bits');
  }
  if (fields.filter((field) => field.varbit).length > 1) {
    node.fail('has more than one variable-length field; at most one is allowed');
  }
  return {
    name: node.get('name').string(),
    fields,
    lengthExpression: node.find('length_exp'),
    maxBytes: node.find('max_length')?.integer(0, 1 << 16) ?? 0,
  };
}

function loadHeader(context: LoadContext, node: JsonNode): void {
  const type = context.headerTypes.get(node.get('header_type'));
  const metadata = node.flag('metadata');
  const fixedBits = type.fields.reduce((sum, field) => sum + field.width, 0);
  if (!metadata && fixedBits % 8 !== 0) {
    node.fail(
      `header type "${type.name}" is ${fixedBits} bits wide; a header must be a whole number of bytes`,
    );
  }
  const fixedBytes = Math.ceil(fixedBits / 8);
  const maxBytes = type.maxBytes;
  const fields: Field[] = [];
  const header: Mutable<Header> = {
    index: context.headers.values().length,
    name: node.get('name').string(),
    typeName: type.name,
    metadata,
    fields,
    fixedBytes,
    varbit: undefined,
    lengthExpression: undefined,
    maxBytes,
    union: undefined,
  };
  for (const [offset, declared] of type.fields.entries()) {
    const room = (maxBytes > 0 ? maxBytes : DEFAULT_MAX_HEADER_BYTES) - fixedBytes;
    const field: Field = {
      index: context.fields.length,
      name: declared.name,
      header,
      offset,
      width: declared.varbit ? Math.max(room, 1) * 8 : declared.width,
      signed: declared.signed,
      saturating: declared.saturating,
      varbit: declared.varbit,
    };
    if (field.varbit) header.varbit = field;
    fields.push(field);
    context.fields.push(field);
  }
  if (type.lengthExpression) {
    header.lengthExpression = buildData(context, type.lengthExpression, {
      local: (index, at) => ({
        kind: 'field',
        field: fields[index] ?? at.fail(`header type "${type.name}" has no field number ${index}`),
      }),
    });
  }
  context.headers.add(node, header.name, header);
  const id = node.get('id').integer(-0x80000000);
  if (context.headersById.has(id)) node.fail(`a second header with id ${id}`);
  context.headersById.set(id, header);
}

function loadUnions(context: LoadContext, root: JsonNode): void {
  const types = new Map<string, readonly string[]>();
  for (const node of root.list('header_union_types')) {
    types.set(
      node.get('name').string(),
      node
        .get('headers')
        .array()
        .map((member) => member.at(0).string()),
    );
  }
  const members = (node: JsonNode): readonly string[] =>
    types.get(node.string()) ?? node.fail(`no header union type named "${node.string()}"`);
  for (const node of root.list('header_unions')) {
    const headers = nonEmpty(node.get('header_ids')).map((id) => headerById(context, id));
    const name = node.get('name').string();
    const union: HeaderUnion = { index: context.unions.values().length, name, headers };
    for (const [member, header] of headers.entries()) {
      if (header.union) node.fail(`header "${header.name}" is in two unions`);
      (header as Mutable<Header>).union = { union, member };
    }
    if (members(node.get('union_type')).length !== headers.length) {
      node.fail('has another number of headers than its union type');
    }
    context.unions.add(node, name, union);
    context.unionsById.set(node.get('id').integer(), union);
  }
  for (const node of root.list('header_union_stacks')) {
    const name = node.get('name').string();
    const unions = nonEmpty(node.get('header_union_ids')).map(
      (id) => context.unionsById.get(id.integer()) ?? id.fail(`no header union with id ${id.value}`),
    );
    for (const union of unions) {
      if (union.headers.length !== unions[0]!.headers.length) node.fail('mixes union types');
    }
    context.unionStacks.add(node, name, { index: context.unionStacks.values().length, name, unions });
    context.unionMembers.set(name, members(node.get('union_type')));
  }
}

function headerById(context: LoadContext, node: JsonNode): Header {
  return context.headersById.get(node.integer(-0x80000000)) ?? node.fail(`no header with id ${node.value}`);
}

function nonEmpty(node: JsonNode): JsonNode[] {
  const items = node.array();
  if (items.length === 0) node.fail('must not be empty');
  return items;
}

function sameType(node: JsonNode, headers: readonly Header[]): void {
  for (const header of headers) {
    if (header.typeName !== headers[0]!.typeName) {
      node.fail(`mixes header types "${headers[0]!.typeName}" and "${header.typeName}"`);
    }
  }
}
