/**
 * Numbers and names of docs/capabilities.md, which only a program with `features.protection: capability` knows. Like those of
 * numbers.ts and names.ts they are written here once.
 */

export const CAPABILITY_OPS = { CAPABILITY: 0x1f } as const;

/** Further reasons of the switch. */
export const CAPABILITY_REASONS = { BAD_CAPABILITY: 29, STALE_CAPABILITY: 30 } as const;

/** Further causes of a packet-in: a client asks for a token. */
export const CAPABILITY_PUNTS = { CAPABILITY: 11 } as const;

/** In the place of the table `permission`: a server's key. Nobody may use what is at home at a node without one. */
export const CAPABILITY_TABLES = {
  keys: { name: 'capability_keys', keys: { node: 'hdr.ipv6.dst_node' } },
} as const;

/** `key0` is the first four bytes of the key as a little-endian number, `key1` the other four. */
export const CAPABILITY_ACTIONS = {
  key: { name: 'capability_key', params: ['key0', 'key1', 'of_epoch'] },
} as const;
