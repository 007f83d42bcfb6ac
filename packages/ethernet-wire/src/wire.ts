/**
 * A wire carries whole Ethernet frames (no preamble, no FCS) in both directions. Switch ports, memory servers and
 * clients use wires alike, so that the same code runs in one process, over UDP tunnels, or on real interfaces.
 */
export interface Wire {
  /** How a person names this wire, e.g. `udp:127.0.0.1:7001,127.0.0.1:7101` or `if:veth0`. */
  readonly name: string;
  /** Largest frame, Ethernet header included, that `send` takes (bytes). */
  readonly maxFrame: number;
  readonly stats: Readonly<WireStats>;

  /**
   * Queue one frame. The bytes are copied before the call returns, so the caller may reuse the buffer.
   * Queued frames leave at the latest at the end of the current turn of the event loop, in order.
   * @returns false if the frame was dropped (queue full, too long, wire closed); it is then counted in `stats.txDropped`.
   */
  send(frame: Uint8Array): boolean;
  /** Send what is queued now. A caller that has just sent a batch calls this once at its end. */
  flush(): void;
  /**
   * Set the one receiver; frames that arrived before are delivered first. A frame is valid only while the handler
   * runs (it may be a view of a ring that the kernel refills): copy what must outlive the call.
   */
  onFrames(handler: FrameHandler): void;
  /** Called once if the wire fails by itself (interface gone, socket error). Afterwards the wire is closed. */
  onError(handler: (error: WireError) => void): void;
  /** Flush, stop receiving and give everything back. Idempotent. */
  close(): Promise<void>;
}

export type FrameHandler = (frames: readonly Uint8Array[]) => void;

export interface WireStats {
  rxFrames: number;
  rxBytes: number;
  /** Frames that arrived and were lost before the handler saw them (ring or queue full), where the kernel tells. */
  rxDropped: number;
  txFrames: number;
  txBytes: number;
  txDropped: number;
}

/** Stable codes, mirrored in the package's README. */
export type WireErrorCode =
  | 'WIRE_BAD_SPEC' // the text that names the wire cannot be understood
  | 'WIRE_UNSUPPORTED' // this platform lacks what the wire needs
  | 'WIRE_PERMISSION' // the kernel refused (AF_PACKET needs CAP_NET_RAW)
  | 'WIRE_NOT_FOUND' // no such interface or file
  | 'WIRE_IN_USE' // the local address is taken
  | 'WIRE_BAD_FILE' // a pcap file that is not one, or is cut short
  | 'WIRE_FAILED'; // the wire was open and broke

export class WireError extends Error {
  override readonly name = 'WireError';
  constructor(
    readonly code: WireErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
