// Per-item errors in `grpc-status-details-bin` (specification, "Error Reporting Messages"): a google.rpc.Status whose
// details hold one p4.v1.Error for each update of a Write, or each pattern of a Read, OK ones included.
import { google, Error as ItemStatus } from '../messages.js';
import type { Init } from '../wire/message-type.js';

export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

const ITEM_TYPE_URL = 'type.googleapis.com/p4.v1.Error';

export function encodeStatusDetails(
  code: number,
  message: string,
  items: readonly Init<ItemStatus>[],
): Buffer {
  const details = items.map((item) => ({ typeUrl: ITEM_TYPE_URL, value: ItemStatus.encode(item) }));
  return google.rpc.Status.encode({ code, message, details });
}

/**
 * The items in order, OK ones included so that positions hold. Empty where there are no details or they cannot be read:
 * the caller then has the status of the whole call only.
 */
export function decodeStatusDetails(bytes: Uint8Array | undefined): ItemStatus[] {
  if (!bytes) return [];
  try {
    return google.rpc.Status.decode(bytes).details.map(({ typeUrl, value }) => {
      if (typeUrl.endsWith('/p4.v1.Error')) return ItemStatus.decode(value);
      return ItemStatus.from({
        canonicalCode: 2,
        message: `the server sent a detail of the type ${typeUrl || '(none)'}`,
      });
    });
  } catch {
    return [];
  }
}
