/** Exit codes of the `bluebridge` command; `--help` lists them. */
export const EXIT = {
  OK: 0,
  /** What was asked could not be done, or a check did not hold. */
  FAILED: 1,
  /** The command line or the specification is wrong; nothing was started. */
  USAGE: 2,
  /** Ctrl-C. */
  INTERRUPTED: 130,
} as const;

/** A failure that is told to the person as its message, without a stack trace. */
export class Failure extends Error {
  override readonly name = 'Failure';
  constructor(
    message: string,
    readonly exitCode: number = EXIT.FAILED,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
