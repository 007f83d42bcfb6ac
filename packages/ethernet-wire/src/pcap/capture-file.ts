import { closeSync, openSync, writeSync } from 'node:fs';
import { WireError, type WireErrorCode } from '../wire.js';

const BUFFER = 256 * 1024;

/**
 * A file that is appended to through one buffer. It is written when the buffer is full, on `flush` and on `close`; the
 * write is synchronous, which bounds memory and keeps order, and happens once in a few hundred frames.
 *
 * A tap must not stop what it taps: when the disk is full, `reserve` gives undefined from then on, and only `flush` and
 * `close` throw.
 */
export class CaptureFile {
  readonly #bytes = new Uint8Array(BUFFER);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #fd: number;
  #used = 0;
  #failure: WireError | undefined;
  #closed = false;

  /** @throws WireError WIRE_NOT_FOUND, WIRE_PERMISSION or WIRE_FAILED */
  constructor(readonly path: string) {
    try {
      this.#fd = openSync(path, 'w');
    } catch (cause) {
      throw fileError(path, 'cannot be written', cause);
    }
  }

  /**
   * Room for `length` bytes, zeroed, at most 256 KiB. Write into `bytes` and `view` at the returned offset at once.
   * @returns undefined if the file is closed or broken
   */
  reserve(length: number): number | undefined {
    if (this.#used + length > BUFFER) this.#write();
    if (this.#closed || this.#failure !== undefined || length > BUFFER) return undefined;
    const at = this.#used;
    this.#used += length;
    this.#bytes.fill(0, at, this.#used);
    return at;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /** @throws WireError WIRE_FAILED if not everything could be written */
  flush(): void {
    this.#write();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Idempotent. @throws WireError WIRE_FAILED if not everything could be written */
  close(): void {
    if (this.#closed) return;
    this.#write();
    this.#closed = true;
    closeSync(this.#fd);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #write(): void {
    try {
      for (let at = 0; at < this.#used && !this.#closed && this.#failure === undefined; ) {
        at += writeSync(this.#fd, this.#bytes, at, this.#used - at);
      }
    } catch (cause) {
      this.#failure = new WireError(
        'WIRE_FAILED',
        `${this.path}: cannot write: ${(cause as Error).message}`,
        { cause },
      );
    }
    this.#used = 0;
  }
}

export function fileError(path: string, what: string, cause: unknown): WireError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const [wireCode, reason] = ((): [WireErrorCode, string] => {
    switch (code) {
      case 'ENOENT':
        return ['WIRE_NOT_FOUND', 'there is no such file or folder'];
      case 'EISDIR':
        return ['WIRE_NOT_FOUND', 'it is a folder'];
      case 'EACCES':
      case 'EPERM':
        return ['WIRE_PERMISSION', 'permission denied'];
      default:
        return ['WIRE_FAILED', message];
    }
  })();
  return new WireError(wireCode, `${path}: ${what}: ${reason}`, { cause });
}

/** Milliseconds since 1970 with a fraction; a double resolves about 0.2 us of it. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
