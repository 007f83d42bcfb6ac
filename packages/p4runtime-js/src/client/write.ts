import { Code } from '../errors/code.js';
import { P4RuntimeError, type UpdateFailure } from '../errors/p4runtime-error.js';
import { type Init, type Update, WriteRequest, WriteRequestAtomicity } from '../messages.js';
import { codeOf, type Watch } from '../observe/watch.js';
import { callError, failuresError, itemFailures, itemStatuses } from './call-error.js';
import type { Stage } from './order.js';

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
  readonly watch: Watch;
  send(request: Buffer): Promise<unknown>;
  show(update: Init<Update>): string;
}

/**
 * Sends updates in batches, one after the other. Updates that fail do not keep the others from being sent; a call that
 * fails as a whole ends it.
 * @param stages what is sent after what; all at once unless given
 * @throws P4RuntimeError with a `details` item for each failed update, by its position in `updates`
 */
export async function writeBatches(
  updates: readonly Init<Update>[],
  atomicity: WriteRequestAtomicity,
  context: WriteContext,
  stages: readonly Stage[] = [{ positions: updates.map((_, i) => i) }],
): Promise<void> {
  const size =
    atomicity === WriteRequestAtomicity.CONTINUE_ON_ERROR ? context.batchSize : Math.max(1, updates.length);
  if (!Number.isInteger(size) || size < 1)
    throw new P4RuntimeError(`a batch has at least one update, found ${size}`, Code.INVALID_ARGUMENT);
  const failures: UpdateFailure[] = [];
  let cause: unknown;
  let sent = 0;
  for (const positions of cut(stages, size)) {
    const batch = positions.map((position) => updates[position]!);
    try {
      await context.send(WriteRequest.encode({ ...context.header, updates: batch, atomicity }));
      context.watch.updates(batch, () => Code.OK);
    } catch (thrown) {
      const failed = itemFailures(itemStatuses(thrown), positions, (i) => context.show(batch[i]!));
      context.watch.updates(batch, outcomes(positions, failed, thrown));
      if (failed.length === 0)
        throw whole(context.what, thrown, sent, batch.length, updates.length, failures);
      failures.push(...failed);
      cause ??= thrown;
    }
    sent += batch.length;
  }
  if (failures.length > 0) {
    failures.sort((a, b) => a.index - b.index);
    throw failuresError(context.what, updates.length, failures, cause);
  }
}

function* cut(stages: readonly Stage[], size: number): Generator<readonly number[]> {
  for (const { positions } of stages)
    for (let start = 0; start < positions.length; start += size) yield positions.slice(start, start + size);
}

/** Of each update in a batch that failed: its own code, or the call's where nobody knows which update is meant. */
function outcomes(
  positions: readonly number[],
  failed: readonly UpdateFailure[],
  thrown: unknown,
): (i: number) => Code {
  const codes = new Map(failed.map(({ index, code }) => [index, code]));
  if (failed.length === 0 || codes.has(-1)) return () => codeOf(thrown);
  return (i) => codes.get(positions[i]!) ?? Code.OK;
}

/** A call that failed with no word on its updates: what was done before it, what nobody knows, what was not sent. */
function whole(
  what: string,
  thrown: unknown,
  before: number,
  count: number,
  total: number,
  failures: readonly UpdateFailure[],
): P4RuntimeError {
  const error = callError(what, thrown);
  if (count === total) return error;
  const rest = total - before - count;
  const state = [
    `nobody knows of ${count} updates whether they were carried out`,
    before > 0 ? `${before} were sent before${failures.length ? ` (${failures.length} failed)` : ''}` : '',
    rest > 0 ? `${rest} were not sent` : '',
  ];
  return new P4RuntimeError(`${error.rawMessage} (${state.filter(Boolean).join(', ')})`, error.code, {
    details: failures,
    cause: error.cause,
  });
}
