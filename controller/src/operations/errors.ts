/** Stable codes, mirrored in the README. */
export type OperationErrorCode =
  | 'NOT_FOUND' // no such server, client, switch or allocation
  | 'CONFLICT' // name, node, MAC address or port is taken
  | 'INVALID' // the request makes no sense for this fabric
  | 'IN_USE' // it would take away what is in use; `force` does it all the same
  | 'NO_ROOM' // a switch refused an entry: its table is full
  | 'NOT_STORED' // the store did not take it
  | 'NOT_LEADING' // another controller leads: ask that one
  | 'UNAVAILABLE'; // a switch did not answer

/** An operation that was not carried out; the message tells a person what to do next. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  constructor(
    readonly code: OperationErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
