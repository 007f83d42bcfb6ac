/**
 * Where the pages of mapped memory are kept while they have no frame. A store that answers at once returns nothing, one that has to
 * wait returns a promise. Pages that were never written read zero.
 */
export interface PageStore {
  /** Fill all of `into`. */
  read(page: number, into: Uint8Array): Promise<void> | undefined;
  /** Settled when it is kept; the bytes are the caller's again then. */
  write(page: number, bytes: Uint8Array): Promise<void> | undefined;
  /** What was settled before is where it is promised to be. */
  flush(): Promise<void> | undefined;
  /** The content outlives the mapping. */
  readonly isPersistent: boolean;
  close(): Promise<void>;
}
