import { Code, codeName } from './code.js';

/** One failed update of a Write, in the terms of the request. */
export interface UpdateFailure {
  /** Position in the `updates` that the caller gave. */
  readonly index: number;
  readonly code: Code;
  /** What the server said about this update. */
  readonly reason: string;
  /** The update in words, e.g. `INSERT ipv6_route {dst: fdbb:102::/32}`, where it is known. */
  readonly update: string;
  /** Whose numbers `vendorCode` are, and the number; empty and 0 when the server gave none. */
  readonly space: string;
  readonly vendorCode: number;
}

export interface P4RuntimeErrorOptions {
  readonly details?: readonly UpdateFailure[];
  readonly cause?: unknown;
}

/**
 * The one error of this package. `code` is a canonical gRPC code and is stable; `message` is for people and begins with
 * the code's name; `rawMessage` is the text without it; `details` has one item for each update of a Write that failed.
 */
export class P4RuntimeError extends Error {
  override readonly name: string = 'P4RuntimeError';
  readonly code: Code;
  readonly rawMessage: string;
  readonly details: readonly UpdateFailure[];

  constructor(rawMessage: string, code: Code = Code.UNKNOWN, options: P4RuntimeErrorOptions = {}) {
    super(
      `${codeName(code)}: ${rawMessage}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.rawMessage = rawMessage;
    this.details = options.details ?? [];
  }

  /** `'NOT_FOUND'` and the like. */
  get codeName(): string {
    return codeName(this.code);
  }

  /** Anything that was thrown, as a P4RuntimeError; one that is already stays itself. */
  static from(thrown: unknown, code: Code = Code.UNKNOWN): P4RuntimeError {
    if (thrown instanceof P4RuntimeError) return thrown;
    if (thrown instanceof Error) return new P4RuntimeError(thrown.message, code, { cause: thrown });
    return new P4RuntimeError(String(thrown), code, { cause: thrown });
  }
}
