import type { SlotContents } from './channel.js';

/** The header in front of the answer to DIRECTORY: docs/coherence.md, "What goes to the controller". */
export const DIRECTORY_HEADER_BYTES = 64;

/** @returns undefined if the bytes are too few */
export function contentsOf(bytes: Uint8Array): SlotContents | undefined {
  if (bytes.length < DIRECTORY_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    number: view.getUint32(4),
    sharers: view.getBigUint64(16),
    pending: view.getBigUint64(24),
    accesses: view.getUint32(48),
    probes: view.getUint32(52),
    owner: view.getUint8(56),
  };
}
