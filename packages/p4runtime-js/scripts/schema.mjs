// Flattens protobufjs reflection into plain data: messages with their fields, and enums, in the order of the files.

const SCALARS = new Set(['string', 'bytes', 'bool', 'int32', 'uint32', 'int64', 'uint64']);

export function schemaOf(root, protobuf) {
  const messages = [];
  const enums = [];
  const visit = (object) => {
    const name = object.fullName.slice(1);
    if (object instanceof protobuf.Type)
      messages.push({ name, comment: object.comment, fields: object.fieldsArray.map(field) });
    if (object instanceof protobuf.Enum) enums.push({ name, comment: object.comment, values: object.values });
    for (const nested of object.nestedArray ?? []) visit(nested);
  };
  const field = (f) => {
    const resolved = f.resolvedType;
    const kind = resolved === null ? f.type : resolved instanceof protobuf.Enum ? 'enum' : 'message';
    if (resolved === null && !SCALARS.has(f.type))
      throw new Error(`${f.fullName}: type ${f.type} is not handled`);
    return {
      number: f.id,
      name: f.name,
      key: protobuf.util.camelCase(f.name),
      kind,
      type: resolved === null ? undefined : resolved.fullName.slice(1),
      label: f.map ? 'map' : f.repeated ? 'repeated' : 'single',
      oneof: f.partOf && !f.partOf.isProto3Optional ? protobuf.util.camelCase(f.partOf.name) : undefined,
      comment: f.comment,
    };
  };
  visit(root);
  for (const message of messages) message.fields.sort((a, b) => a.number - b.number);
  return { messages, enums };
}
