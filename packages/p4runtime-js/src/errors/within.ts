import { Code } from './code.js';
import { P4RuntimeError } from './p4runtime-error.js';

/** Runs a step and puts `where: ` in front of the message of what it throws. */
export function within<T>(where: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    const error = P4RuntimeError.from(thrown);
    throw new P4RuntimeError(`${where}: ${error.rawMessage}`, error.code, {
      details: error.details,
      cause: error.cause,
    });
  }
}

export const invalid = (problem: string): P4RuntimeError =>
  new P4RuntimeError(problem, Code.INVALID_ARGUMENT);
