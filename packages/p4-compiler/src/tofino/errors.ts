/** Stable codes of what can go wrong around p4c's Tofino backend; the folder's README lists them. */
export type TofinoErrorCode =
  | 'TOFINO_BACKEND_MISSING' // no p4c with a Tofino backend was found
  | 'TOFINO_COMPILE_FAILED' // the backend refused the program, or ended without a .conf
  | 'TOFINO_CONF_UNREADABLE' // the .conf is not there, or is not what the backend writes
  | 'TOFINO_CONF_UNSUPPORTED' // several devices or programs: Stratum takes one
  | 'TOFINO_FILE_MISSING'; // a file that the .conf names is not there

export class TofinoError extends Error {
  override readonly name = 'TofinoError';
  constructor(
    readonly code: TofinoErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
