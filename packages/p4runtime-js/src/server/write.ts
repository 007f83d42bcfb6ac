import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { type Update, UpdateType, type WriteRequest, WriteRequestAtomicity } from '../messages.js';
import type { Device } from './device.js';
import type { Caller } from './device-handler.js';
import type { Outcome } from './status.js';

/**
 * Carries out a Write of a device's primary.
 * @returns the outcome of each update, in order
 * @throws P4RuntimeError when no update was attempted (the checks are in the order that section "Write RPC" gives)
 */
export async function write(device: Device, request: WriteRequest): Promise<Outcome[]> {
  const caller = device.checkPrimary(request);
  return device.lock.write(() => {
    device.checkPipeline();
    switch (request.atomicity) {
      case WriteRequestAtomicity.CONTINUE_ON_ERROR:
        return each(device, request.updates, caller);
      case WriteRequestAtomicity.ROLLBACK_ON_ERROR:
      case WriteRequestAtomicity.DATAPLANE_ATOMIC:
        return allOrNothing(device, request, caller);
      default:
        throw new P4RuntimeError(
          `${String(request.atomicity)} is no atomicity; it is one of ${Object.keys(WriteRequestAtomicity).join(', ')}`,
          Code.INVALID_ARGUMENT,
        );
    }
  });
}

async function each(device: Device, updates: readonly Update[], caller: Caller): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const update of updates) {
    try {
      checkUpdate(update);
      const pending = device.handler.write(update, caller);
      // Most handlers are synchronous; waiting for nothing would cost a turn of the loop for each update.
      if (pending) await pending;
      outcomes.push(undefined);
    } catch (thrown) {
      outcomes.push(P4RuntimeError.from(thrown, Code.INTERNAL));
    }
  }
  return outcomes;
}

async function allOrNothing(device: Device, request: WriteRequest, caller: Caller): Promise<Outcome[]> {
  const { handler } = device;
  const mode =
    request.atomicity === WriteRequestAtomicity.DATAPLANE_ATOMIC ? 'DATAPLANE_ATOMIC' : 'ROLLBACK_ON_ERROR';
  if (!handler.begin) {
    throw new P4RuntimeError(
      `device ${handler.deviceId} does not implement ${mode}; use CONTINUE_ON_ERROR`,
      Code.UNIMPLEMENTED,
    );
  }
  const transaction = await handler.begin(request.atomicity, caller);
  for (const [index, update] of request.updates.entries()) {
    try {
      checkUpdate(update);
      // A handler that never waits gets its whole batch without a packet in between.
      const pending = transaction.write(update);
      if (pending) await pending;
    } catch (thrown) {
      const undone = transaction.rollback();
      if (undone) await undone;
      const error = P4RuntimeError.from(thrown, Code.INTERNAL);
      return request.updates.map((_, i) =>
        i === index ? error : new P4RuntimeError(`not done, as update ${index} failed`, Code.ABORTED),
      );
    }
  }
  await transaction.commit();
  return request.updates.map(() => undefined);
}

/** @throws P4RuntimeError INVALID_ARGUMENT */
function checkUpdate({ type, entity }: Update): void {
  if (type !== UpdateType.INSERT && type !== UpdateType.MODIFY && type !== UpdateType.DELETE) {
    throw new P4RuntimeError(
      `the update's type is ${type ? String(type) : 'not set'}; it is INSERT, MODIFY or DELETE`,
      Code.INVALID_ARGUMENT,
    );
  }
  if (!entity?.entity) throw new P4RuntimeError('the update has no entity', Code.INVALID_ARGUMENT);
}
