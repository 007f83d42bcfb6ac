/** What the registers of a slot hold (docs/coherence.md, "The directory"). Sets of clients have a bit a client index. */
export interface SlotContents {
  readonly number: number;
  readonly sharers: bigint;
  readonly pending: bigint;
  readonly owner: number;
  /** Cumulative, u32, wrapping. */
  readonly accesses: number;
  readonly probes: number;
}

/**
 * The controller's way to the registers of a switch: frames through the pipeline, because P4Runtime servers need not give access to registers
 * (BMv2's does not) and several registers have to be changed at once. Every call is repeated until it is answered.
 */
export interface DirectoryChannel {
  /** All registers of the slot to zero. The slot must be without an entry, or its entry must get a new generation. */
  reset(slot: number): Promise<void>;
  /** The client holds nothing and owes nothing. */
  fence(slot: number, index: number): Promise<void>;
  read(slot: number): Promise<SlotContents>;
  /**
   * Ask all holders of a region once to give their copies up.
   * @param address inside the region
   * @returns whether nobody is pending any more
   */
  recall(address: { readonly node: number; readonly pointer: bigint }): Promise<boolean>;
}
