/** Stable codes, mirrored in the README. A caller branches on the code; a person reads the message. */
export type P4SwitchErrorCode =
  | 'BAD_PIPELINE' // the BMv2 JSON is malformed or refers to something that is not there
  | 'UNSUPPORTED_PIPELINE' // well-formed, but uses a feature this switch does not have
  | 'NO_PIPELINE' // the operation needs a pipeline and none is loaded
  | 'NOT_FOUND' // no table, entry, member, group, session, ... of that name or number
  | 'ALREADY_EXISTS' // an equal entry, member, group, ... is there
  | 'BAD_MATCH_KEY' // match fields that do not fit the table
  | 'BAD_ACTION' // action or action data that do not fit the table
  | 'TABLE_FULL' // the table, profile or group has reached its size
  | 'IMMUTABLE' // a const entry or const default action
  | 'OUT_OF_RANGE' // an index or value beyond what the program declares
  | 'IN_USE' // a member or group that entries still point at, or a port number that is taken
  | 'BAD_ARGUMENT'; // any other value that cannot be used

/** The one error class of this package. */
export class P4SwitchError extends Error {
  override readonly name = 'P4SwitchError';
  constructor(
    readonly code: P4SwitchErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** `a, b, c` or `a, b, ... (12 in all)`: the valid options for an error message. */
export function listOptions(names: Iterable<string>, limit = 10): string {
  const all = [...names];
  if (all.length === 0) return '(none)';
  if (all.length <= limit) return all.join(', ');
  return `${all.slice(0, limit).join(', ')}, ... (${all.length} in all)`;
}
