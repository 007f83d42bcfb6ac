/** How the generated schema describes a field of a message. */
export interface FieldSchema {
  readonly number: number;
  /** The name in the .proto file, which the text format uses. */
  readonly name: string;
  /** The property of the TypeScript message. */
  readonly key: string;
  readonly kind: FieldKind;
  /** Full name of the message or enum, for those kinds. */
  readonly type?: string;
  /** A map's key is always a string; its `kind` and `type` are those of the value. */
  readonly label: 'single' | 'repeated' | 'map';
  /** The oneof that the field belongs to. */
  readonly oneof?: string;
}

export type FieldKind =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'enum'
  | 'message';

/** Number of each member. */
export type EnumSchema = Readonly<Record<string, number>>;
