/**
 * The messages of P4Runtime. Each name is both a type and a `MessageType` with `encode`, `decode` and `from`:
 *
 *     const entry: TableEntry = TableEntry.from({ tableId: 33554433, priority: 1 });
 *     const bytes = TableEntry.encode(entry);
 *
 * The messages of `p4.v1` and `P4Info` stand here by their own names; `p4.v1`, `p4.config.v1`, `google.rpc` and
 * `google.protobuf` hold all of them, as names repeat between the packages (`Action`). A nested type's name is put
 * together: `FieldMatch.LPM` is `FieldMatchLPM`.
 */

export { P4Info } from './generated/p4-config-v1.js';
export * from './generated/p4-v1.js';
export * as google from './google.js';
export * as p4 from './p4.js';
export type { Init, MessageType } from './wire/message-type.js';
export type { FieldKind, FieldSchema } from './wire/schema-types.js';
