/** Stable codes, mirrored in the README. */
export type ControllerErrorCode =
  | 'CONTROLLER_NOT_PRIMARY' // another controller has the switch
  | 'CONTROLLER_OTHER_PROGRAM' // the switch runs a program that is not this fabric's
  | 'CONTROLLER_REFUSED' // the switch refused an entry that the fabric needs
  | 'CONTROLLER_LOST'; // the session with the switch ended

export class ControllerError extends Error {
  override readonly name = 'ControllerError';
  constructor(
    readonly code: ControllerErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
