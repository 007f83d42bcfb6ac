// How failures become gRPC statuses.
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { encodeStatusDetails, STATUS_DETAILS_KEY } from '../grpc/status-details.js';
import type { Error as ItemStatus } from '../messages.js';
import type { Init } from '../wire/message-type.js';

/** What grpc-js takes for a failed call. */
export type Failure = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

/** Status of a whole call. What is no P4RuntimeError is a fault of the server's: INTERNAL. */
export function failureOf(thrown: unknown): Failure {
  const { code, rawMessage } = P4RuntimeError.from(thrown, Code.INTERNAL);
  return { code, details: clip(rawMessage, MESSAGE_BYTES), metadata: new Metadata() };
}

const MESSAGE_BYTES = 512;
/** What an item takes with neither text nor vendor code: its type's URL and the code. */
const BARE_ITEM_BYTES = 38;
/** Trailers above some 64 KiB of base64 make grpc-js and others drop the connection without a word. */
const HARD_LIMIT = 40 * 1024;
const ROOM_FOR_TEXT = 1024;

/** Outcome of one update or pattern; undefined for success. */
export type Outcome = P4RuntimeError | undefined;

/**
 * Status of a batch of which some items failed: UNKNOWN, the first failures in words, and one p4.v1.Error for each item.
 *
 * Trailers must stay small: gRPC C++ and Python clients refuse more than 8 KiB by default, and connections break near
 * 64 KiB. So texts are given to failures in order while they fit in `detailBytes` (at least 1 KiB of them), later
 * failures keep their code alone, and a batch of more than about a thousand items has no details at all: the message
 * then says so. The codes of 180 items and more pass 8 KiB by themselves; specification, "gRPC Metadata Maximum Size",
 * tells such clients to raise their limit.
 * @param noun what the items are: `update` or `pattern`
 * @param detailBytes for all details, before base64
 */
export function batchFailure(noun: string, outcomes: readonly Outcome[], detailBytes: number): Failure {
  const failed = outcomes.flatMap((error, index) => (error ? [{ error, index }] : []));
  let text = `${failed.length} of ${outcomes.length} ${noun}s failed: `;
  text += failed.map(({ error, index }) => `${noun} ${index}: ${error.message}`).join('; ');
  const bare = outcomes.length * BARE_ITEM_BYTES;
  const metadata = new Metadata();
  if (bare > HARD_LIMIT) {
    const note = `${outcomes.length} ${noun}s are too many for a status of each one; send at most ${Math.floor(HARD_LIMIT / BARE_ITEM_BYTES)} at a time. `;
    return { code: Code.UNKNOWN, details: clip(note + text, MESSAGE_BYTES), metadata };
  }
  const budget = Math.min(HARD_LIMIT, Math.max(detailBytes, bare + ROOM_FOR_TEXT)) - bare;
  const details = clip(text, MESSAGE_BYTES);
  metadata.set(
    STATUS_DETAILS_KEY,
    encodeStatusDetails(Code.UNKNOWN, clip(text, 256), items(outcomes, budget)),
  );
  return { code: Code.UNKNOWN, details, metadata };
}

function items(outcomes: readonly Outcome[], budget: number): Init<ItemStatus>[] {
  let left = budget;
  return outcomes.map((error) => {
    if (!error) return {};
    const message = clip(error.rawMessage, Math.min(left, MESSAGE_BYTES));
    left -= Buffer.byteLength(message) + 4;
    return { canonicalCode: error.code, message: message || '' };
  });
}

/** Cut to so many bytes of UTF-8, with an ellipsis where something is missing; nothing where there is no room. */
function clip(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  if (bytes < 16) return '';
  return `${Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString()
    .replace(/\uFFFD+$/, '')}...`;
}
