/** The numbers of docs/protocol.md and what they mean to a person. */

export const PROTOCOL_VERSION = 1;
/** Requests go to this UDP port and answers come from it. */
export const PROTOCOL_PORT = 5000;
/** Clients that keep copies of pages are probed at this UDP port. */
export const PROBE_PORT = 5001;
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
  MOVE: 11,
  GETS: 0x10,
  GETM: 0x11,
  WRITEBACK: 0x12,
  FORWARD: 0x13,
  ACK: 0x14,
  UNBLOCK: 0x15,
  DROP: 0x16,
  SUBSCRIBE: 0x17,
  NOTIFY: 0x18,
  ATOMIC: 0x19,
  JOIN: 0x1a,
  RENEW: 0x1b,
  COMPLAIN: 0x1c,
  DIRECTORY: 0x1d,
  DESIGNATE: 0x1e,
  CAPABILITY: 0x1f,
  KEY: 0x20,
} as const;
export type Op = (typeof Op)[keyof typeof Op];
export type OpName = keyof typeof Op;

export const Kind = { REQUEST: 1, REPLY: 2, NACK: 3, PROBE: 4 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Which further headers follow the first 24 bytes, as bits of byte 11. */
export const Extension = { CAPABILITY: 1, COHERENCE: 2, ATOMIC: 4 } as const;

/** Bits of the coherence header's flags (docs/coherence.md, Messages). */
export const Coherence = {
  GRANTED: 0x01,
  CLEAR: 0x02,
  EXCLUSIVE: 0x04,
  UPGRADE: 0x08,
  FORWARD: 0x10,
  UNCACHED: 0x20,
  HOME: 0x40,
  KEEP: 0x80,
} as const;

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
  STALE_EPOCH: 24,
  UNCACHED: 25,
  COHERENT: 26,
  STALE_GRANT: 27,
  ATOMIC_WORDS: 28,
  BAD_CAPABILITY: 29,
  STALE_CAPABILITY: 30,
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
  STALE_EPOCH: "the client's session is over: it has to join again",
  UNCACHED: 'the directory has no entry for this page: write to it without a copy',
  COHERENT: "the page may be in somebody's cache: ask for a copy",
  STALE_GRANT:
    'the page was granted to somebody else since: what was written is older than what the home has',
  ATOMIC_WORDS: 'words for atomic operations and ordinary memory do not mix',
  BAD_CAPABILITY: 'the capability was not made for this domain, range and right by this server',
  STALE_CAPABILITY: 'rights on this server were revoked since the capability was made: ask for a new one',
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

/** @returns the names of the bits of `Coherence`, e.g. `GRANTED CLEAR`, `no flags`. */
export function coherenceText(flags: number): string {
  const names = Object.entries(Coherence).filter(([, bit]) => (flags & bit) !== 0);
  return names.length === 0 ? 'no flags' : names.map(([name]) => name).join(' ');
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
