/** A part of a device that is of one kind. Bytes. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  /** Nothing is stored for it, and it reads zero. */
  readonly isHole: boolean;
}

/**
 * What a block protocol serves. Ranges lie inside the device. A call is settled when nothing uses its buffer any more; what
 * happens to overlapping calls at once is not defined, except that neither fails because of the other.
 */
export interface BlockDevice {
  /** Bytes. */
  readonly size: number;
  /** Fill all of `into`, holes with zeros. @returns what the range consists of, in order. @throws DiskError */
  read(offset: number, into: Uint8Array): Promise<readonly Segment[]>;
  /** Settled when it is stored where `flush` promises it to be. @throws DiskError */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * The range reads zero from here on.
   * @param options.keepAllocated later writes to the range shall not fail for want of memory; default: give back what can be
   * @throws DiskError
   */
  zero(offset: number, length: number, options?: { keepAllocated?: boolean }): Promise<void>;
  /** Settled when every write that was settled before is where no crash of this process can lose it. @throws DiskError */
  flush(): Promise<void>;
  /** What a range consists of at this moment; neighbours differ in kind. */
  segments(offset: number, length: number): Iterable<Segment>;
}

/** Stable codes, mirrored in the README. */
export type DiskErrorCode =
  | 'NO_SPACE' // no server has room for what is to be written
  | 'IO_FAILED' // remote memory did not answer, or refused
  | 'DISK_CLOSED' // asked after `close`
  | 'BAD_ARGUMENT' // what the caller asked for cannot be
  | 'LISTEN_FAILED'; // the address cannot be listened on

export class DiskError extends Error {
  override readonly name = 'DiskError';
  constructor(
    readonly code: DiskErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
