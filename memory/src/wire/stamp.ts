/** Orders the replies of a server to ALLOC and FREE (docs/protocol.md, Stamps). */
export interface Stamp {
  /** When the server started: milliseconds since 1970. */
  incarnation: bigint;
  /** Counts the server's allocations and frees since then. */
  generation: bigint;
}

export const STAMP_BYTES = 16;

export function encodeStamp(stamp: Stamp): Uint8Array {
  const bytes = new Uint8Array(STAMP_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, stamp.incarnation);
  view.setBigUint64(8, stamp.generation);
  return bytes;
}

/** @returns undefined unless the payload is a stamp. */
export function decodeStamp(payload: Uint8Array): Stamp | undefined {
  if (payload.length !== STAMP_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, STAMP_BYTES);
  return { incarnation: view.getBigUint64(0), generation: view.getBigUint64(8) };
}

/** @returns below 0 if `a` is older than `b`, 0 if they are the same, above 0 if newer. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.incarnation !== b.incarnation) return a.incarnation < b.incarnation ? -1 : 1;
  if (a.generation !== b.generation) return a.generation < b.generation ? -1 : 1;
  return 0;
}
