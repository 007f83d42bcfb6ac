/**
 * MININET_USAGE: what was asked for cannot be, nothing was started; MININET_MISSING: a program or a right is not there;
 * MININET_FAILED: something of the fabric did not start, or ended by itself.
 */
export type MininetErrorCode = 'MININET_USAGE' | 'MININET_MISSING' | 'MININET_FAILED';

/** Why there is no Mininet run, in words for a person. */
export class MininetError extends Error {
  override readonly name = 'MininetError';
  constructor(
    readonly code: MininetErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
