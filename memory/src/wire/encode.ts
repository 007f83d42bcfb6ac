import { foldSum, onesComplementSum } from 'ethernet-wire';
import { Extension, Kind, PROTOCOL_PORT } from './constants.js';
import * as at from './layout.js';
import type { Message } from './message.js';

const EMPTY = new Uint8Array(0);
const DEFAULT_HOP_LIMIT = 64;

export interface FrameWriterOptions {
  /** Largest frame that will be written, Ethernet header included (bytes). */
  maxFrame: number;
  /** UDP port of the servers. Default 5000. */
  port?: number;
}

/**
 * Writes frames into one buffer of its own, again and again: `write` returns a view that is valid until the next
 * `write`. What never changes is written once, in the constructor.
 */
export class FrameWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #port: number;
  /** Views by length: a sender uses few lengths, and making a view costs as much as writing the headers. */
  readonly #views = new Map<number, Uint8Array>();

  constructor({ maxFrame, port = PROTOCOL_PORT }: FrameWriterOptions) {
    const headers = new ArrayBuffer(
      Math.max(maxFrame, at.PAYLOAD + at.CAPABILITY_BYTES + at.COHERENCE_BYTES),
    );
    this.#bytes = new Uint8Array(headers);
    this.#view = new DataView(headers);
    this.#port = port;
    this.#view.setUint16(at.ETH_TYPE, at.ETHERTYPE_IPV6);
    this.#view.setUint32(at.IP, 0x6000_0000);
    this.#bytes[at.IP_NEXT_HEADER] = at.PROTOCOL_UDP;
    this.#bytes[at.IP_HOP_LIMIT] = DEFAULT_HOP_LIMIT;
  }

  /**
   * @param message all fields but payloadStart and payloadLength
   * @param to where the frame goes: six bytes
   * @param from who sends it: six bytes
   * @param payload the chunk's payload
   * @throws RangeError if the payload does not fit `maxFrame`
   */
  write(message: Message, to: Uint8Array, from: Uint8Array, payload: Uint8Array = EMPTY): Uint8Array {
    const bytes = this.#bytes;
    const view = this.#view;
    const isCoherent = (message.extensions & Extension.COHERENCE) !== 0;
    const isCapable = (message.extensions & Extension.CAPABILITY) !== 0;
    const coherenceStart = isCapable ? at.PAYLOAD + at.CAPABILITY_BYTES : at.PAYLOAD;
    const payloadStart = isCoherent ? coherenceStart + at.COHERENCE_BYTES : coherenceStart;
    const length = payloadStart + payload.length;
    if (length > bytes.length) {
      throw new RangeError(`a frame of ${length} bytes does not fit the ${bytes.length} bytes of this wire`);
    }
    for (let i = 0; i < 6; i++) {
      bytes[at.ETH_DST + i] = to[i]!;
      bytes[at.ETH_SRC + i] = from[i]!;
    }
    const udpLength = length - at.UDP;
    view.setUint16(at.IP_PAYLOAD_LENGTH, udpLength);
    const isRequest = message.kind === Kind.REQUEST;
    const asked = isRequest ? at.IP_DST : at.IP_SRC;
    const client = isRequest ? at.IP_SRC : at.IP_DST;
    view.setUint16(asked, message.prefix);
    view.setUint16(asked + 2, message.node);
    view.setUint8(asked + 4, message.op);
    view.setUint8(asked + 5, message.flags);
    view.setUint16(asked + 6, message.arg);
    view.setUint32(asked + 8, message.pointerHigh);
    view.setUint32(asked + 12, message.pointerLow);
    view.setUint16(client, message.prefix);
    view.setUint16(client + 2, message.client);
    view.setUint32(client + 4, 0);
    view.setUint32(client + 8, 0);
    view.setUint32(client + 12, 0);
    view.setUint16(at.UDP, isRequest ? message.clientPort : this.#port);
    view.setUint16(at.UDP_DST_PORT, isRequest ? this.#port : message.clientPort);
    view.setUint16(at.UDP_LENGTH, udpLength);
    view.setUint16(at.UDP_CHECKSUM, 0);
    view.setUint8(at.HEADER, message.version);
    view.setUint8(at.HEADER + 1, message.kind);
    view.setUint8(at.HEADER + 2, message.status);
    view.setUint8(at.HEADER + 3, message.hint);
    view.setUint32(at.HEADER + 4, message.tag);
    view.setUint16(at.HEADER + 8, message.epoch);
    view.setUint8(at.HEADER + 10, message.attempt);
    view.setUint8(at.HEADER + 11, message.extensions);
    view.setUint16(at.HEADER + 12, message.chunk);
    view.setUint16(at.HEADER + 14, message.chunks);
    view.setUint32(at.HEADER + 16, message.length);
    view.setUint32(at.HEADER + 20, message.offset);
    if (isCapable) writeCapability(view, message);
    if (isCoherent) writeCoherence(view, coherenceStart, message);
    bytes.set(payload, payloadStart);
    // A sum of 0xffff complements to zero, which would mean "no checksum" and is sent as 0xffff (RFC 8200 §8.1).
    const sum = foldSum(onesComplementSum(bytes, at.IP_SRC, length) + udpLength + at.PROTOCOL_UDP);
    view.setUint16(at.UDP_CHECKSUM, sum === 0xffff ? 0xffff : 0xffff - sum);
    let frame = this.#views.get(length);
    if (frame === undefined) {
      frame = bytes.subarray(0, length);
      this.#views.set(length, frame);
    }
    return frame;
  }
}

function writeCapability(view: DataView, message: Message): void {
  view.setUint8(at.PAYLOAD, message.rights);
  view.setUint8(at.PAYLOAD + 1, message.range);
  view.setUint16(at.PAYLOAD + 2, message.keyEpoch);
  view.setUint16(at.PAYLOAD + 4, message.domain);
  view.setUint16(at.PAYLOAD + 6, 0);
  view.setUint32(at.PAYLOAD + 8, message.macLow);
  view.setUint32(at.PAYLOAD + 12, message.macHigh);
}

function writeCoherence(view: DataView, start: number, message: Message): void {
  view.setUint32(start, message.generation);
  view.setUint32(start + 4, message.number);
  view.setUint32(start + 8, message.bitmapHigh);
  view.setUint32(start + 12, message.bitmapLow);
  view.setUint16(start + 16, message.requester);
  view.setUint16(start + 18, message.requesterPort);
  view.setUint32(start + 20, message.requesterTag);
  view.setUint16(start + 24, message.requesterEpoch);
  view.setUint8(start + 26, message.requesterIndex);
  view.setUint8(start + 27, message.region);
  // The three reserved bytes are zero.
  view.setUint32(start + 28, message.coherence * 2 ** 24);
}

/** Build one frame in memory of its own. See FrameWriter for senders of many. */
export function encodeFrame(
  message: Message,
  to: Uint8Array,
  from: Uint8Array,
  payload: Uint8Array = EMPTY,
  port: number = PROTOCOL_PORT,
): Uint8Array {
  const maxFrame = at.PAYLOAD + at.CAPABILITY_BYTES + at.COHERENCE_BYTES + payload.length;
  return new FrameWriter({ maxFrame, port }).write(message, to, from, payload);
}
