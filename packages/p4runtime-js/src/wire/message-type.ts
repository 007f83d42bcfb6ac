// What the generated modules are made of: each message's encoder, decoder and checked constructor behind one typed face.
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import * as codec from '../generated/codec.js';
import { messageFields } from '../generated/schema.js';
import { BigIntReader, BigIntWriter } from './bigint-io.js';
import { construct } from './construct.js';
import type { FieldSchema } from './schema-types.js';

/**
 * What one may write down to make a message: any field may be left out, sub-messages may be plain objects, 64-bit
 * fields may be safe integers. Every decoded message is one too.
 */
export type Init<T> = T extends Uint8Array | string | boolean | number
  ? T
  : T extends bigint
    ? bigint | number
    : T extends (infer U)[]
      ? readonly Init<U>[]
      : { readonly [K in keyof T]?: Init<T[K]> | null | undefined };

/** Encoder, decoder and constructor of one kind of message. */
export interface MessageType<T> {
  /** Full protobuf name, e.g. `p4.v1.TableEntry`. */
  readonly name: string;
  readonly fields: readonly FieldSchema[];
  /** The bytes on the wire, fields in the order of their numbers. Does not check: see `from`. */
  encode(message: Init<T>): Buffer;
  /**
   * Reads a message. Fields that are not there have their defaults: zero, empty, or null for messages and oneof members.
   * `bytes` fields are views of the input.
   * @throws P4RuntimeError INVALID_ARGUMENT when the bytes are not such a message
   */
  decode(bytes: Uint8Array): T;
  /**
   * A full message, so that unset fields read as their defaults. Deep; but parts that are messages already are taken as they
   * are.
   * @throws P4RuntimeError INVALID_ARGUMENT, naming the field, for a value of the wrong type, an integer out of range,
   * an unknown field or two members of one oneof
   */
  from(init: Init<T>): T;
}

interface StaticClass {
  new (): object;
  encode(message: unknown, writer: BigIntWriter): BigIntWriter;
  decode(reader: BigIntReader): unknown;
}

/** The MessageType of a full protobuf name; called by generated code. */
export function messageType<T>(name: string): MessageType<T> {
  const fields = messageFields[name]!;
  const type = staticClass(name);
  return {
    name,
    fields,
    encode: (message) => type.encode(message, new BigIntWriter()).finish() as Buffer,
    decode(bytes) {
      try {
        return type.decode(new BigIntReader(bytes)) as T;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new P4RuntimeError(
          `these ${bytes.length} bytes are not a ${name} message: ${reason}`,
          Code.INVALID_ARGUMENT,
          { cause },
        );
      }
    },
    from: (init) => construct(name, init, staticClass) as T,
  };
}

/** The type of a full protobuf name, if it is one of P4Runtime's. */
export function messageTypeByName(name: string): MessageType<object> | undefined {
  return Object.hasOwn(messageFields, name) ? messageType<object>(name) : undefined;
}

const classes = new Map<string, StaticClass>();

function staticClass(name: string): StaticClass {
  const known = classes.get(name);
  if (known) return known;
  let found: unknown = codec;
  for (const part of name.split('.')) found = (found as Record<string, unknown>)[part];
  classes.set(name, found as StaticClass);
  return found as StaticClass;
}
