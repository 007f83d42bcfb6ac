/** Bits of a permission entry's `rights` parameter and of a GRANT's flags (docs/protocol.md). */
export const RIGHTS = { READ: 1, WRITE: 2, OWNER: 4 } as const;
