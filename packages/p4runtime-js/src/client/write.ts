import { Code } from '../errors/code.js';
import { P4RuntimeError, type UpdateFailure } from '../errors/p4runtime-error.js';
import { type Init, type Update, WriteRequest, WriteRequestAtomicity } from '../messages.js';
import { callError, failuresError, itemFailures, itemStatuses } from './call-error.js';

export interface WriteOptions {
  /** CONTINUE_ON_ERROR unless given. The other modes are one batch whatever its size. */
  readonly atomicity?: WriteRequestAtomicity;
  readonly batchSize?: number;
  readonly deadlineMs?: number;
}

/** What a batched write needs of its surroundings. */
export interface WriteContext {
  readonly what: string;
  readonly header: Pick<Init<WriteRequest>, 'deviceId' | 'role' | 'electionId'>;
  readonly batchSize: number;
  send(request: Buffer): Promise<unknown>;
  show(update: Init<Update>): string;
}

/**
 * Sends updates in batches, one after the other. Updates that fail do not keep the others from being sent; a call that
 * fails as a whole ends it.
 * @throws P4RuntimeError with a `details` item for each failed update, by its position in `updates`
 */
export async function writeBatches(
  updates: readonly Init<Update>[],
  atomicity: WriteRequestAtomicity,
  context: WriteContext,
): Promise<void> {
  const size =
    atomicity === WriteRequestAtomicity.CONTINUE_ON_ERROR ? context.batchSize : Math.max(1, updates.length);
  if (!Number.isInteger(size) || size < 1)
    throw new P4RuntimeError(`a batch has at least one update, found ${size}`, Code.INVALID_ARGUMENT);
  const failures: UpdateFailure[] = [];
  let cause: unknown;
  for (let start = 0; start < updates.length; start += size) {
    const batch = updates.slice(start, start + size);
    try {
      await context.send(WriteRequest.encode({ ...context.header, updates: batch, atomicity }));
    } catch (thrown) {
      const failed = itemFailures(itemStatuses(thrown), batch.length, start, (i) => context.show(batch[i]!));
      if (failed.length === 0)
        throw whole(context.what, thrown, start, batch.length, updates.length, failures);
      failures.push(...failed);
      cause ??= thrown;
    }
  }
  if (failures.length > 0) throw failuresError(context.what, updates.length, failures, cause);
}

/** A call that failed with no word on its updates: what was done before it, what nobody knows, what was not sent. */
function whole(
  what: string,
  thrown: unknown,
  start: number,
  count: number,
  total: number,
  failures: readonly UpdateFailure[],
): P4RuntimeError {
  const error = callError(what, thrown);
  if (count === total) return error;
  const rest = total - start - count;
  const progress = `updates 0 to ${start - 1} were sent before${failures.length ? ` (${failures.length} failed)` : ''}`;
  const state = [start > 0 ? progress : '', rest > 0 ? `${rest} were not sent` : '']
    .filter(Boolean)
    .join(', ');
  return new P4RuntimeError(
    `${error.rawMessage} (updates ${start} to ${start + count - 1}; ${state})`,
    error.code,
    { details: failures, cause: error.cause },
  );
}
