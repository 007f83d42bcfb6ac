/**
 * The numbers of the coherence protocol (docs/coherence.md), which only a program with `features.coherence` knows. Like those of
 * numbers.ts they are written here once.
 */

/** Bits of `extensions` in the BlueBridge header: which headers follow it, in this order. */
export const EXTENSIONS = { CAPABILITY: 1, COHERENCE: 2, ATOMIC: 4 } as const;

export const COHERENCE_KINDS = { PROBE: 4 } as const;

export const COHERENCE_OPS = {
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
} as const;

/** Bits of the coherence header's `flags`. */
export const COHERENCE_FLAGS = {
  GRANTED: 0x01,
  CLEAR: 0x02,
  EXCLUSIVE: 0x04,
  UPGRADE: 0x08,
  FORWARD: 0x10,
  UNCACHED: 0x20,
  HOME: 0x40,
  KEEP: 0x80,
} as const;

/** Further reasons of the switch; those that only a home gives are not here. */
export const COHERENCE_REASONS = {
  BUSY: 20,
  STALE_EPOCH: 24,
  UNCACHED: 25,
  COHERENT: 26,
} as const;

/** Further causes of a packet-in. */
export const COHERENCE_PUNTS = { SESSION: 7, DIRECTORY: 8, RECALL: 9 } as const;

/** Sub-commands of DIRECTORY: the flags of its address. */
export const DIRECTORY_COMMANDS = { READ: 1, RESET: 2, FENCE: 3 } as const;

/** The client index of the controller, whose GETM is a recall. */
export const CONTROLLER_INDEX = 255;

/** `hint` of a BUSY that the switch gives: milliseconds. */
export const BUSY_HINT = 1;

/** The multicast group of all clients and all servers, and the instances of its replicas. */
export const COHERENCE_GROUP = 2;
/** Instance of a client: its index + 1. */
export const CLIENT_INSTANCE = 1;
/** Instance of the first server; the others follow. */
export const SERVER_INSTANCE = 256;
