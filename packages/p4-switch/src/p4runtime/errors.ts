import { Code, P4RuntimeError } from 'p4runtime-js';
import { P4SwitchError, type P4SwitchErrorCode } from '../errors.js';

/** What each of the switch's errors is in the terms of P4Runtime (specification, "Error Reporting Messages"). */
const CODES: Readonly<Record<P4SwitchErrorCode, Code>> = {
  BAD_PIPELINE: Code.INVALID_ARGUMENT,
  UNSUPPORTED_PIPELINE: Code.INVALID_ARGUMENT,
  NO_PIPELINE: Code.FAILED_PRECONDITION,
  NOT_FOUND: Code.NOT_FOUND,
  ALREADY_EXISTS: Code.ALREADY_EXISTS,
  BAD_MATCH_KEY: Code.INVALID_ARGUMENT,
  BAD_ACTION: Code.INVALID_ARGUMENT,
  TABLE_FULL: Code.RESOURCE_EXHAUSTED,
  IMMUTABLE: Code.PERMISSION_DENIED,
  OUT_OF_RANGE: Code.OUT_OF_RANGE,
  IN_USE: Code.FAILED_PRECONDITION,
  BAD_ARGUMENT: Code.INVALID_ARGUMENT,
};

/** Run `work`; what the data plane throws comes out as a P4RuntimeError. */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}

/** The same for what is told one by one. */
export function* translatedEach<T>(items: Iterable<T>): Generator<T> {
  try {
    yield* items;
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof P4SwitchError)) return error;
  return new P4RuntimeError(error.message, CODES[error.code], { cause: error });
}

const kind =
  (code: Code) =>
  (message: string): P4RuntimeError =>
    new P4RuntimeError(message, code);

export const invalid = kind(Code.INVALID_ARGUMENT);
export const notFound = kind(Code.NOT_FOUND);
export const alreadyExists = kind(Code.ALREADY_EXISTS);
export const denied = kind(Code.PERMISSION_DENIED);
export const exhausted = kind(Code.RESOURCE_EXHAUSTED);
export const failedPrecondition = kind(Code.FAILED_PRECONDITION);
export const outOfRange = kind(Code.OUT_OF_RANGE);
export const unimplemented = kind(Code.UNIMPLEMENTED);
