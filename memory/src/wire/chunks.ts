import { CAPABILITY_BYTES, COHERENCE_BYTES, OVERHEAD } from './layout.js';
import type { Message } from './message.js';

/** Smallest MTU that IPv6 allows (RFC 8200 §5). */
export const MIN_MTU = 1280;

/**
 * Bytes of payload in all chunks of a transfer but the last.
 * @param coherent whether a coherence header takes its part
 * @param capable whether a capability takes its part
 * @throws RangeError for an MTU below IPv6's 1280 or above what UDP can say
 */
export function chunkBytes(mtu: number, coherent = false, capable = false): number {
  if (!Number.isInteger(mtu) || mtu < MIN_MTU || mtu > 65535) {
    throw new RangeError(`an MTU of ${mtu} is not a whole number from ${MIN_MTU} to 65535`);
  }
  return (mtu - OVERHEAD - (coherent ? COHERENCE_BYTES : 0) - (capable ? CAPABILITY_BYTES : 0)) & ~7;
}

/** How many chunks a payload is cut into; an empty one is one chunk. */
export function chunkCount(length: number, perChunk: number): number {
  return Math.max(1, Math.ceil(length / perChunk));
}

/**
 * Whether chunk, chunks, offset, length and payload of one frame fit together, and which chunk size they speak of:
 * every chunk of a transfer must speak of the same.
 * @returns the chunk size in bytes (the length itself if there is one chunk), or 0 if they do not fit
 */
export function impliedChunkBytes(message: Message): number {
  const { chunk, chunks, offset, length, payloadLength } = message;
  if (length === 0 || payloadLength === 0 || chunk >= chunks) return 0;
  if (chunks === 1) return offset === 0 && payloadLength === length ? length : 0;
  const last = chunk === chunks - 1;
  if (last && offset % chunk !== 0) return 0;
  const perChunk = last ? offset / chunk : payloadLength;
  if (perChunk === 0 || perChunk % 8 !== 0) return 0;
  if (offset !== chunk * perChunk || chunkCount(length, perChunk) !== chunks) return 0;
  if (last && offset + payloadLength !== length) return 0;
  return perChunk;
}
