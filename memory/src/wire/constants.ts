/** The numbers of docs/protocol.md and what they mean to a person. */

export const PROTOCOL_VERSION = 1;
/** Requests go to this UDP port and answers come from it. */
export const PROTOCOL_PORT = 5000;
export const DEFAULT_PREFIX = 0xfdbb;
/** The node that is the fabric itself: an ALLOC sent to it is placed by the controller. */
export const ANYCAST_NODE = 0xffff;
export const DEFAULT_PAGE_SIZE = 4096;
export const DEFAULT_MTU = 1500;
/** The largest power of two whose size still fits the header's 32-bit length. */
export const MAX_ALLOCATION = 2 ** 31;

export const Op = {
  ALLOC: 1,
  WRITE: 2,
  READ: 3,
  FREE: 4,
  TRIM: 8,
  GRANT: 9,
  REVOKE: 10,
} as const;
export type Op = (typeof Op)[keyof typeof Op];
export type OpName = keyof typeof Op;

export const Kind = { REQUEST: 1, REPLY: 2, NACK: 3 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Rights of a domain on a range, as bits: the flags of a GRANT. */
export const Right = { READ: 1, WRITE: 2, OWNER: 4 } as const;

export const Reason = {
  SPOOFED_SOURCE: 1,
  NO_PERMISSION: 2,
  NO_ROUTE: 3,
  CROSSES_PAGE: 4,
  BAD_OPERATION: 5,
  HOP_LIMIT: 6,
  BAD_VERSION: 7,
  MALFORMED: 8,
  OUT_OF_BOUNDS: 16,
  NO_MEMORY: 17,
  NOT_ALLOCATED: 18,
  BAD_LENGTH: 19,
  BUSY: 20,
  NOT_OWNER: 21,
  NO_SUCH_NODE: 22,
  STALE: 23,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];
export type ReasonName = keyof typeof Reason;

const REASON_TEXTS: Record<ReasonName, string> = {
  SPOOFED_SOURCE: 'the source node is not the one behind this switch port',
  NO_PERMISSION: 'the asker has no such right on this address',
  NO_ROUTE: 'no memory server is home to this address',
  CROSSES_PAGE: 'pointer and length cross a page boundary, or the length is 0',
  BAD_OPERATION: 'this operation is unknown, or this kind of node may not ask for it',
  HOP_LIMIT: 'the hop limit is used up',
  BAD_VERSION: 'the protocol version or the kind of the frame is unknown',
  MALFORMED: 'the frame is shorter than its headers, or has no UDP checksum',
  OUT_OF_BOUNDS: 'the range is not inside one allocation',
  NO_MEMORY: 'no free range of that size is left',
  NOT_ALLOCATED: 'the pointer is not the start of an allocation',
  BAD_LENGTH: 'the length is 0, too long, or not what the chunks add up to',
  BUSY: 'the server has no room for this just now',
  NOT_OWNER: 'only the owner of an allocation may do this',
  NO_SUCH_NODE: 'the grantee is not a client of this fabric',
  STALE: 'the request is so old that its answer was forgotten: whether it took effect is unknown',
};

const OP_NAMES = namesOf(Op);
const REASON_NAMES = namesOf(Reason);
const KIND_NAMES = namesOf(Kind);

export function opName(op: number): string {
  return OP_NAMES.get(op) ?? `operation ${op}`;
}

export function kindName(kind: number): string {
  return KIND_NAMES.get(kind) ?? `kind ${kind}`;
}

/** @returns the reason's name, or undefined for a code that this version of the protocol does not know. */
export function reasonName(code: number): ReasonName | undefined {
  return REASON_NAMES.get(code);
}

/** The reason in words, without a full stop. */
export function reasonText(code: number): string {
  const name = REASON_NAMES.get(code);
  return name === undefined ? `unknown reason ${code}` : REASON_TEXTS[name];
}

/** @returns e.g. `read and write`, `nothing`. */
export function rightsText(rights: number): string {
  const names: string[] = [];
  if (rights & Right.READ) names.push('read');
  if (rights & Right.WRITE) names.push('write');
  if (rights & Right.OWNER) names.push('owner');
  return names.length === 0 ? 'nothing' : names.join(' and ');
}

function namesOf<Names extends Record<string, number>>(table: Names): Map<number, keyof Names & string> {
  return new Map(Object.entries(table).map(([name, code]) => [code, name]));
}
