/**
 * The numbers of the protocol that the switch program knows (docs/protocol.md). They are written here once: the
 * templates render them into P4 constants, the controller imports them.
 */

export const BB_VERSION = 1;

/** The node that is the fabric itself: whatever is sent to it is for the controller. */
export const FABRIC_NODE = 0xffff;

/** What a frame is. */
export const KINDS = { REQUEST: 1, REPLY: 2, NACK: 3 } as const;

/** Operations, bits 32..39 of the address that is asked. */
export const OPS = { ALLOC: 1, WRITE: 2, READ: 3, FREE: 4, TRIM: 8, GRANT: 9, REVOKE: 10 } as const;

/** Bits of the parameter `rights` of a permission, and of a GRANT's flags. */
export const RIGHTS = { NONE: 0, READ: 1, WRITE: 2, OWNER: 4 } as const;

/** Why the switch refuses a frame: the status of its NACK, and the index of its counter `refused`. 0: it does not. */
export const REASONS = {
  NONE: 0,
  SPOOFED_SOURCE: 1,
  NO_PERMISSION: 2,
  NO_ROUTE: 3,
  CROSSES_PAGE: 4,
  BAD_OPERATION: 5,
  HOP_LIMIT: 6,
  BAD_VERSION: 7,
  MALFORMED: 8,
} as const;

/** Why a frame goes to the controller: the field `cause` of packet_in, and the index of the counter `punted`. */
export const PUNTS = {
  NONE: 0,
  ALLOC: 1,
  GRANT: 2,
  REVOKE: 3,
  FREE: 4,
  ALLOC_REPLY: 5,
  FREE_REPLY: 6,
  ANSWER: 10,
} as const;

/** Cells of the counter `ordinary`. */
export const ORDINARY = { FORWARDED: 0, FLOODED: 1 } as const;

/** The multicast group that ordinary traffic with an unknown destination is flooded to. */
export const FLOOD_GROUP = 1;

/** Causes of fabrics of several switches, beside PUNTS. */
export const FABRIC_PUNTS = { HELLO: 15 } as const;

/** Of a hello between neighbouring switches: IEEE Std 802 - Local Experimental Ethertype 1. */
export const ETHER_TYPE_HELLO = 0x88b5;
