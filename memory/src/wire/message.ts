import {
  coherenceText,
  DEFAULT_PREFIX,
  Extension,
  Kind,
  kindName,
  opName,
  PROTOCOL_VERSION,
  reasonName,
} from './constants.js';

const TWO_32 = 2 ** 32;

/**
 * One protocol frame, decoded: the fields of both addresses and of the header. A request's destination and an answer's
 * source say what is asked (prefix to pointer); the other address is the client's.
 *
 * The 64-bit pointer is kept as two 32-bit halves, because a BigInt costs an allocation per frame; `offsetInNode` is
 * exact for every memory a server can have (below 2^53), `pointer` is exact for all.
 * Objects of this class are meant to be reused: the hot paths of server and client decode into one and encode from one.
 */
export class Message {
  prefix = DEFAULT_PREFIX;
  node = 0;
  op = 0;
  flags = 0;
  arg = 0;
  pointerHigh = 0;
  pointerLow = 0;
  /** Node of the client, who asked or is answered. */
  client = 0;
  clientPort = 0;

  version = PROTOCOL_VERSION;
  kind: number = Kind.REQUEST;
  /** 0, or the reason of a NACK. */
  status = 0;
  /** Milliseconds to wait before asking again. */
  hint = 0;
  tag = 0;
  epoch = 0;
  attempt = 0;
  chunk = 0;
  chunks = 1;
  /** Bytes of the whole operation. */
  length = 0;
  /** Where this chunk's payload starts in the whole. */
  offset = 0;
  /** Which further headers follow: bits of `Extension`. */
  extensions = 0;

  /** The capability (docs/capabilities.md): these mean something only if `extensions` has CAPABILITY. */
  rights = 0;
  /** log2 of the bytes of the range. */
  range = 0;
  keyEpoch = 0;
  domain = 0;
  macLow = 0;
  macHigh = 0;

  /** The coherence header (docs/coherence.md): these mean something only if `extensions` has COHERENCE. */
  generation = 0;
  number = 0;
  /** A bit a client: indices 0 to 31, and 32 to 63. */
  bitmapLow = 0;
  bitmapHigh = 0;
  /** Node of the client whose request this is about, and its UDP port, tag, session epoch and index. */
  requester = 0;
  requesterPort = 0;
  requesterTag = 0;
  requesterEpoch = 0;
  requesterIndex = 0;
  /** log2 of the region's bytes. */
  region = 0;
  /** Bits of `Coherence`. */
  coherence = 0;

  /** Set by decoding: where the payload stands in the frame. */
  payloadStart = 0;
  payloadLength = 0;

  get pointer(): bigint {
    return (BigInt(this.pointerHigh) << 32n) | BigInt(this.pointerLow);
  }

  set pointer(value: bigint) {
    this.pointerHigh = Number((value >> 32n) & 0xffff_ffffn);
    this.pointerLow = Number(value & 0xffff_ffffn);
  }

  /** The pointer as a number: exact below 2^53, and never below 2^53 if it is not. */
  get offsetInNode(): number {
    return this.pointerHigh * TWO_32 + this.pointerLow;
  }

  set offsetInNode(value: number) {
    this.pointerHigh = Math.floor(value / TWO_32);
    this.pointerLow = value >>> 0;
  }

  /** The payload within the frame this message was decoded from: a view, valid as long as that frame is. */
  payload(frame: Uint8Array): Uint8Array {
    return frame.subarray(this.payloadStart, this.payloadStart + this.payloadLength);
  }

  /** Become the answer to `request` with everything echoed; the caller sets what differs. */
  answer(request: Message, kind: number): this {
    this.prefix = request.prefix;
    this.node = request.node;
    this.op = request.op;
    this.flags = request.flags;
    this.arg = request.arg;
    this.pointerHigh = request.pointerHigh;
    this.pointerLow = request.pointerLow;
    this.client = request.client;
    this.clientPort = request.clientPort;
    this.version = request.version;
    this.kind = kind;
    this.status = 0;
    this.hint = 0;
    this.tag = request.tag;
    this.epoch = request.epoch;
    this.attempt = request.attempt;
    this.chunk = 0;
    this.chunks = 1;
    this.length = request.length;
    this.offset = 0;
    // Whoever answers needs no capability for it.
    this.extensions = request.extensions & ~Extension.CAPABILITY;
    if ((request.extensions & Extension.COHERENCE) !== 0) this.echoCoherence(request);
    return this;
  }

  /** Take over the capability of `other`. */
  echoCapability(other: Message): void {
    this.rights = other.rights;
    this.range = other.range;
    this.keyEpoch = other.keyEpoch;
    this.domain = other.domain;
    this.macLow = other.macLow;
    this.macHigh = other.macHigh;
  }

  /** Take over the coherence header of `other`. */
  echoCoherence(other: Message): void {
    this.generation = other.generation;
    this.number = other.number;
    this.bitmapLow = other.bitmapLow;
    this.bitmapHigh = other.bitmapHigh;
    this.requester = other.requester;
    this.requesterPort = other.requesterPort;
    this.requesterTag = other.requesterTag;
    this.requesterEpoch = other.requesterEpoch;
    this.requesterIndex = other.requesterIndex;
    this.region = other.region;
    this.coherence = other.coherence;
  }

  /** Begin an empty coherence header. */
  clearCoherence(): void {
    this.generation = 0;
    this.number = 0;
    this.bitmapLow = 0;
    this.bitmapHigh = 0;
    this.requester = 0;
    this.requesterPort = 0;
    this.requesterTag = 0;
    this.requesterEpoch = 0;
    this.requesterIndex = 0;
    this.region = 0;
    this.coherence = 0;
  }

  /** Become the refusal of `request`. @param hint milliseconds to wait before asking again */
  refuse(request: Message, reason: number, hint = 0): this {
    this.answer(request, Kind.NACK);
    this.status = reason;
    this.hint = hint;
    return this;
  }

  /** One line for a log. */
  toString(): string {
    const what = `${kindName(this.kind)} ${opName(this.op)}`;
    const why = this.kind === Kind.NACK ? ` ${reasonName(this.status) ?? this.status}` : '';
    const where = `node ${hex(this.node)} at ${hex(this.pointer)}`;
    const chunk = `chunk ${this.chunk + 1}/${this.chunks}`;
    return `${what}${why}, ${where}, ${this.length} bytes, client ${hex(this.client)}, tag ${this.tag}, ${chunk}${this.#coherenceText()}`;
  }

  #coherenceText(): string {
    if ((this.extensions & Extension.COHERENCE) === 0) return '';
    const about = `requester ${hex(this.requester)} tag ${this.requesterTag}`;
    return `, grant ${this.generation}.${this.number}, ${about}, ${coherenceText(this.coherence)}`;
  }
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
