/** Numbers of the NBD protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md */

/** `NBDMAGIC`, `IHAVEOPT` and the number in front of replies to options. */
export const GREETING_MAGIC = 0x4e42444d41474943n;
export const OPTION_MAGIC = 0x49484156454f5054n;
export const OPTION_REPLY_MAGIC = 0x0003e889045565a9n;
export const REQUEST_MAGIC = 0x25609513;
export const SIMPLE_REPLY_MAGIC = 0x67446698;
export const STRUCTURED_REPLY_MAGIC = 0x668e33ef;

/** The server's handshake flags, and the client's answer to them. */
export const HandshakeFlag = { FIXED_NEWSTYLE: 1, NO_ZEROES: 2 } as const;

export const Option = {
  EXPORT_NAME: 1,
  ABORT: 2,
  LIST: 3,
  INFO: 6,
  GO: 7,
  STRUCTURED_REPLY: 8,
  LIST_META_CONTEXT: 9,
  SET_META_CONTEXT: 10,
} as const;

export const OptionReply = {
  ACK: 1,
  SERVER: 2,
  INFO: 3,
  META_CONTEXT: 4,
  ERR_UNSUP: 0x80000001,
  ERR_INVALID: 0x80000003,
  ERR_UNKNOWN: 0x80000006,
} as const;

export const Info = { EXPORT: 0, NAME: 1, DESCRIPTION: 2, BLOCK_SIZE: 3 } as const;

export const TransmissionFlag = {
  HAS_FLAGS: 1 << 0,
  SEND_FLUSH: 1 << 2,
  SEND_FUA: 1 << 3,
  SEND_TRIM: 1 << 5,
  SEND_WRITE_ZEROES: 1 << 6,
  SEND_DF: 1 << 7,
  CAN_MULTI_CONN: 1 << 8,
  SEND_CACHE: 1 << 10,
  SEND_FAST_ZERO: 1 << 11,
} as const;

export const Command = {
  READ: 0,
  WRITE: 1,
  DISC: 2,
  FLUSH: 3,
  TRIM: 4,
  CACHE: 5,
  WRITE_ZEROES: 6,
  BLOCK_STATUS: 7,
} as const;

export const CommandFlag = { FUA: 1, NO_HOLE: 2, DF: 4, REQ_ONE: 8, FAST_ZERO: 16 } as const;

export const Chunk = { NONE: 0, OFFSET_DATA: 1, OFFSET_HOLE: 2, BLOCK_STATUS: 5, ERROR: 32769 } as const;
/** Of a structured reply's chunk: it is the last one. */
export const CHUNK_DONE = 1;

export const Errno = { EIO: 5, EINVAL: 22, ENOSPC: 28, ESHUTDOWN: 108 } as const;

/** Flags of a range in the context `base:allocation`. */
export const AllocationState = { HOLE: 1, ZERO: 2 } as const;
export const ALLOCATION_CONTEXT = 'base:allocation';
/** The number that this server gives it. */
export const ALLOCATION_CONTEXT_ID = 1;

/** What we take, in bytes: a name or other text (the protocol's limit), the data of one option, the payload of READ and WRITE. */
export const MAX_STRING = 4096;
export const MAX_OPTION_DATA = 1 << 16;
export const MAX_PAYLOAD = 32 << 20;
/** More options than any client has use for end the handshake. */
export const MAX_OPTIONS = 128;

/** The other side broke the protocol in a way after which nothing it sends can be understood. */
export class NbdViolation extends Error {
  override readonly name = 'NbdViolation';
}
