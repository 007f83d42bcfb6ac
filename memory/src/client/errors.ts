import { formatAddress, opName, type ReasonName, reasonName, reasonText } from '../wire/index.js';

/**
 * Stable codes, mirrored in the README: what the fabric or a server answered, by the names of docs/protocol.md, or
 * what the client found out by itself.
 */
export type MemoryErrorCode =
  | ReasonName
  | 'REFUSED' // a NACK with a reason that this version does not know
  | 'TIMEOUT' // no answer, however often it was asked
  | 'ABORTED' // by the caller's AbortSignal
  | 'CLOSED' // the client was closed
  | 'WIRE_FAILED' // the wire broke
  | 'LOST' // written, but not on the home when the client's session ended: nobody will ever see it
  | 'BAD_ARGUMENT' // what the caller asked for cannot be
  | 'NOT_A_FILE' // no index page at this address
  | 'CORRUPT_FILE'; // a file that is not what its index says

/** What was asked, where an error is about one request. */
export interface AskedFor {
  op: number;
  prefix: number;
  node: number;
  pointer: bigint;
  /** Bytes. */
  length: number;
  /** How often it was sent. */
  attempts: number;
  /** Milliseconds from the first sending to the error. */
  elapsed: number;
}

export class MemoryError extends Error {
  override readonly name = 'MemoryError';
  readonly asked: AskedFor | undefined;

  constructor(
    readonly code: MemoryErrorCode,
    message: string,
    options: { cause?: unknown; asked?: AskedFor } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.asked = options.asked;
  }

  static refused(asked: AskedFor, status: number): MemoryError {
    const code = reasonName(status) ?? 'REFUSED';
    return new MemoryError(code, `${describe(asked)} was refused: ${reasonText(status)} (${code})`, {
      asked,
    });
  }

  static stillBusy(asked: AskedFor): MemoryError {
    const text = `${describe(asked)}: still busy after ${tries(asked)}`;
    return new MemoryError('BUSY', text, { asked });
  }

  static timeout(asked: AskedFor): MemoryError {
    return new MemoryError('TIMEOUT', `${describe(asked)}: no answer to ${tries(asked)}`, { asked });
  }

  /** For what waited behind requests that were never answered. */
  static neverSent(asked: AskedFor): MemoryError {
    const text = `${describe(asked)}: never sent, because nothing asked of this node before it is answered any more`;
    return new MemoryError('TIMEOUT', text, { asked });
  }

  static aborted(asked: AskedFor, cause: unknown): MemoryError {
    return new MemoryError('ABORTED', `${describe(asked)} was aborted by its caller`, { asked, cause });
  }

  /** Pages that were written, and whose session ended before they were on their home. */
  static lost(prefix: number, pages: readonly { node: number; start: number }[]): MemoryError {
    const { node, start } = pages[0]!;
    const first = formatAddress({ prefix, node, pointer: BigInt(start) });
    const what = pages.length === 1 ? 'a page that was' : `${pages.length} pages that were`;
    const text = `${what} written to did not reach their home before this client's session ended, the first at ${first}`;
    return new MemoryError('LOST', text);
  }

  static closed(asked?: AskedFor): MemoryError {
    const text = asked === undefined ? 'the client is closed' : `${describe(asked)}: the client was closed`;
    return new MemoryError('CLOSED', text, { asked });
  }
}

function tries({ attempts, elapsed }: AskedFor): string {
  const seconds = (elapsed / 1000).toFixed(1);
  return `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} in ${seconds} s`;
}

/** E.g. `READ of 4096 bytes at fdbb:102::2000`. */
function describe({ op, prefix, node, pointer, length }: AskedFor): string {
  const bytes = length === 0 ? '' : ` of ${length} bytes`;
  return `${opName(op)}${bytes} at ${formatAddress({ prefix, node, pointer })}`;
}
