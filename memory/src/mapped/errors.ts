/** Stable codes, mirrored in the README. */
export type MapErrorCode =
  | 'UNSUPPORTED' // this machine, or its kernel, has no userfaultfd
  | 'PERMISSION' // the kernel has it, and refuses it to this process
  | 'BAD_ARGUMENT' // what the caller asked for cannot be
  | 'STORE_FAILED' // where the pages are kept cannot be reached, or refuses
  | 'UNMAPPED'; // asked after `unmap`

export class MapError extends Error {
  override readonly name = 'MapError';
  constructor(
    readonly code: MapErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
