// Failed calls as P4RuntimeErrors that say what failed, where, and which update or pattern.
import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { Code, codeName, toCode } from '../errors/code.js';
import { P4RuntimeError, type UpdateFailure } from '../errors/p4runtime-error.js';
import { decodeStatusDetails, STATUS_DETAILS_KEY } from '../grpc/status-details.js';
import type { Error as ItemStatus } from '../messages.js';

/** Failures that a message names; the others are counted. All of them are in `details`. */
const NAMED = 5;

/** Status of a call in which no item was attempted, or none is known. */
export function callError(what: string, thrown: unknown): P4RuntimeError {
  if (!isServiceError(thrown)) return P4RuntimeError.from(thrown);
  // Nobody here cancels single calls: this is how grpc-js tells of a connection that was reset.
  const code = thrown.code === Code.CANCELLED ? Code.UNAVAILABLE : toCode(thrown.code);
  return new P4RuntimeError(`${what}: ${thrown.details || 'the server gave no reason'}`, code, {
    cause: thrown,
  });
}

/** The per-item statuses of a failed call, in order and with the OK ones; empty where the server sent none. */
export function itemStatuses(thrown: unknown): ItemStatus[] {
  if (!isServiceError(thrown)) return [];
  const value = (thrown.metadata as Metadata | undefined)?.get(STATUS_DETAILS_KEY)[0];
  return decodeStatusDetails(Buffer.isBuffer(value) ? value : undefined);
}

/**
 * The failures among a call's items.
 * @param show an item of the request in words
 */
export function itemFailures(
  statuses: readonly ItemStatus[],
  positions: readonly number[],
  show: (index: number) => string,
): UpdateFailure[] {
  return statuses.flatMap((status, i) => {
    if (status.canonicalCode === Code.OK) return [];
    // Statuses correspond to items by position; where a server sends another number of them, nobody knows which is which.
    const known = statuses.length === positions.length;
    return {
      index: known ? positions[i]! : -1,
      code: toCode(status.canonicalCode),
      reason: status.message,
      update: known ? show(i) : '(the server does not say which)',
      space: status.space,
      vendorCode: status.code,
    };
  });
}

/** One error for all failures: their common code, or UNKNOWN where they differ. */
export function failuresError(
  what: string,
  total: number,
  failures: readonly UpdateFailure[],
  cause: unknown,
): P4RuntimeError {
  const codes = new Set(failures.map(({ code }) => code));
  const named = failures
    .slice(0, NAMED)
    .map(({ update, code, reason }) => `${update}: ${codeName(code)}${reason ? `, ${reason}` : ''}`);
  const more = failures.length - named.length;
  const message = `${what}: ${failures.length} of ${total} failed: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  return new P4RuntimeError(message, codes.size === 1 ? failures[0]!.code : Code.UNKNOWN, {
    details: failures,
    cause,
  });
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  if (!(thrown instanceof Error) || thrown instanceof P4RuntimeError) return false;
  return 'code' in thrown && typeof thrown.code === 'number' && 'details' in thrown;
}
