/**
 * The packet that an engine works on. Its bytes are `buffer[start..end)`: the whole frame before parsing, the payload
 * after it, the whole frame again after deparsing (headers are written in front of the payload, into the headroom).
 * The rest is what BMv2 keeps in packet registers (targets/simple_switch/register_access.h).
 */
export class Packet {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  start = 0;
  end = 0;
  /** Bytes of the frame when it entered ingress: what counters and meters count. */
  ingressLength = 0;
  /** Bytes of the frame as headers come and go. */
  packetLength = 0;
  parserError = 0;
  checksumError = false;
  /** The program said `exit`: no more control flow nodes in this pipeline. */
  exit = false;
  /** -1: none. */
  cloneSession = -1;
  cloneFieldList = 0;
  /** Learn list id; 0: none. */
  digest = 0;
  /** Field list id; 0: not asked for. */
  resubmit = 0;
  recirculate = 0;
  /** Most bytes to send. */
  truncate = Number.POSITIVE_INFINITY;

  constructor(
    readonly headroom = 4096,
    readonly capacity = 65536,
  ) {
    this.buffer = new Uint8Array(headroom + capacity);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Take in a frame; it is cut to the capacity. */
  load(frame: Uint8Array): void {
    const length = Math.min(frame.length, this.capacity);
    this.buffer.set(length === frame.length ? frame : frame.subarray(0, length), this.headroom);
    this.start = this.headroom;
    this.end = this.headroom + length;
    this.ingressLength = length;
    this.packetLength = length;
    this.parserError = 0;
    this.checksumError = false;
    this.exit = false;
    this.truncate = Number.POSITIVE_INFINITY;
    this.clearIntents();
  }

  /** RegisterAccess::clear_all. */
  clearIntents(): void {
    this.cloneSession = -1;
    this.cloneFieldList = 0;
    this.digest = 0;
    this.resubmit = 0;
    this.recirculate = 0;
  }

  intents(): Intents {
    const { cloneSession, cloneFieldList, digest, resubmit, recirculate, truncate } = this;
    return { cloneSession, cloneFieldList, digest, resubmit, recirculate, truncate };
  }

  restoreIntents(from: Intents): void {
    this.cloneSession = from.cloneSession;
    this.cloneFieldList = from.cloneFieldList;
    this.digest = from.digest;
    this.resubmit = from.resubmit;
    this.recirculate = from.recirculate;
    this.truncate = from.truncate;
  }

  /** Bytes that would be sent now. */
  get length(): number {
    return Math.min(this.end - this.start, this.truncate);
  }

  /** A view, valid until the next packet. */
  bytes(): Uint8Array {
    return this.buffer.subarray(this.start, this.start + this.length);
  }
}

export type Intents = Pick<
  Packet,
  'cloneSession' | 'cloneFieldList' | 'digest' | 'resubmit' | 'recirculate' | 'truncate'
>;

/** Thrown inside an engine to give up a packet (assert, assume); the switch catches it and counts a drop. */
export class PacketAborted extends Error {
  override readonly name = 'PacketAborted';
}

/** Parse states visited before a parser that runs in a circle is stopped with ParserTimeout. */
export const MAX_PARSE_STEPS = 4096;
/** Backward jumps that one run of an action may take before the packet is given up. */
export const MAX_LOOPS = 65536;
/** Shift amounts beyond this act as this: every assignable width is far smaller, so all bits are gone anyway. */
export const MAX_SHIFT = 65536;
