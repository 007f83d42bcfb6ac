import type { MemoryError } from '../client/errors.js';
import { Op } from '../wire/index.js';

export const AccessKind = { READ: 0, WRITE: 1, ZERO: 2, UPDATE: 3, PREFETCH: 4 } as const;
export type AccessKind = (typeof AccessKind)[keyof typeof AccessKind];

/** Something that a program wants of one page, and may have to wait for. */
export class Access {
  /** In the order in which they began to wait. */
  sequence = 0;
  /** When it began to wait, milliseconds. */
  since = 0;
  isSettled = false;

  constructor(
    readonly kind: AccessKind,
    readonly node: number,
    /** Of the page, bytes. */
    readonly page: number,
    /** Where in the page, and how many bytes. */
    readonly offset: number,
    readonly length: number,
    /** READ: where the bytes go. WRITE: what is written; the caller may not change it before `done`. */
    readonly bytes: Uint8Array | undefined,
    /** UPDATE: changes these bytes of the page, as one step. */
    readonly update: ((bytes: Uint8Array) => void) | undefined,
    private readonly done: (error: MemoryError | undefined) => void,
  ) {}

  get isWrite(): boolean {
    return this.kind === AccessKind.WRITE || this.kind === AccessKind.ZERO || this.kind === AccessKind.UPDATE;
  }

  /** Do to a copy of the page what is wanted. */
  perform(page: Uint8Array): void {
    const { kind, offset, length, bytes } = this;
    switch (kind) {
      case AccessKind.READ:
        bytes!.set(length === page.length ? page : page.subarray(offset, offset + length));
        break;
      case AccessKind.WRITE:
        page.set(bytes!, offset);
        break;
      case AccessKind.ZERO:
        page.fill(0, offset, offset + length);
        break;
      case AccessKind.UPDATE:
        this.update!(page.subarray(offset, offset + length));
        break;
      default: // what was fetched before it was asked for
    }
  }

  settle(error?: MemoryError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.done(error);
  }

  /** What it is called in an error. */
  get op(): number {
    if (this.kind === AccessKind.WRITE || this.kind === AccessKind.UPDATE) return Op.WRITE;
    return this.kind === AccessKind.ZERO ? Op.TRIM : Op.READ;
  }
}
