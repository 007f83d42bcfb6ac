import type { OperationErrorCode } from '../operations/index.js';

/** Stable codes of what the API says beyond the codes of operations, mirrored in the README. */
export type ApiErrorCode =
  | OperationErrorCode
  | 'UNAUTHENTICATED' // no token, or a wrong one
  | 'NO_SUCH_PATH'
  | 'TOO_LARGE' // the body
  | 'INTERNAL';

/** The HTTP status of each code (RFC 9110, section 15; 507: RFC 4918, section 11.5). */
export const HTTP_STATUS: Readonly<Record<ApiErrorCode, number>> = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  NOT_FOUND: 404,
  NO_SUCH_PATH: 404,
  CONFLICT: 409,
  IN_USE: 409,
  TOO_LARGE: 413,
  INTERNAL: 500,
  NOT_LEADING: 503,
  NOT_STORED: 503,
  UNAVAILABLE: 503,
  NO_ROOM: 507,
};

/** What the API answers instead of a result. */
export interface ApiFailure {
  readonly code: ApiErrorCode;
  readonly message: string;
}

/** Stable codes of what keeps the API from being served. */
export type ApiSetupErrorCode =
  | 'API_BAD_ADDRESS' // no HOST:PORT
  | 'API_NEEDS_TLS' // off loopback without TLS
  | 'API_NEEDS_AUTHENTICATION' // neither a token nor client certificates
  | 'API_KEY_EXPOSED' // others may read a file with a secret
  | 'API_BAD_TOKEN' // the token file holds none
  | 'API_LISTEN'; // the address is taken, or not this machine's

export class ApiSetupError extends Error {
  override readonly name = 'ApiSetupError';
  constructor(
    readonly code: ApiSetupErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
