import { foldSum, onesComplementSum } from 'ethernet-wire';
import { DEFAULT_PREFIX, Extension, Kind, PROTOCOL_PORT, PROTOCOL_VERSION } from './constants.js';
import * as at from './layout.js';
import type { Message } from './message.js';

/** What is wrong with a frame that cannot be taken as a message. */
export type Defect =
  | 'NOT_PROTOCOL' // ordinary traffic: not IPv6, not UDP at once, tagged, or other ports
  | 'SHORT_FRAME' // ends before its headers or before what IPv6 says
  | 'BAD_IP_VERSION' // EtherType says IPv6, the packet does not
  | 'LENGTH_MISMATCH' // IPv6 length, UDP length and frame do not agree
  | 'SHORT_HEADER' // no room for the BlueBridge header
  | 'NO_CHECKSUM' // zero: RFC 8200 §8.1 forbids it
  | 'BAD_CHECKSUM'
  | 'BAD_PREFIX' // an address outside the fabric
  | 'BAD_VERSION'
  | 'BAD_KIND'
  | 'BAD_DIRECTION' // a request not to the protocol's port, or an answer not from it
  | 'BAD_CLIENT_ADDRESS' // the client's address asks for something, too
  | 'BAD_RESERVED'; // a reserved byte is not zero, or announces a header that is unknown

export const DEFECTS: readonly Defect[] = [
  'NOT_PROTOCOL',
  'SHORT_FRAME',
  'BAD_IP_VERSION',
  'LENGTH_MISMATCH',
  'SHORT_HEADER',
  'NO_CHECKSUM',
  'BAD_CHECKSUM',
  'BAD_PREFIX',
  'BAD_VERSION',
  'BAD_KIND',
  'BAD_DIRECTION',
  'BAD_CLIENT_ADDRESS',
  'BAD_RESERVED',
];

export interface DecodeOptions {
  /** Default `fdbb`. */
  prefix?: number;
  /** Default 5000. */
  port?: number;
}

const DEFAULTS: DecodeOptions = {};

/**
 * Take a frame apart into `message`. Never throws, whatever the bytes are.
 * @returns undefined if the frame is a protocol frame, else what is wrong with it. With BAD_VERSION and BAD_KIND the
 * message is filled in all the same, so that a request can be refused by name; with others it is not to be used.
 */
export function decodeFrame(
  frame: Uint8Array,
  message: Message,
  { prefix = DEFAULT_PREFIX, port = PROTOCOL_PORT }: DecodeOptions = DEFAULTS,
): Defect | undefined {
  const { length } = frame;
  if (length < at.ETHERNET_BYTES) return 'SHORT_FRAME';
  if (u16(frame, at.ETH_TYPE) !== at.ETHERTYPE_IPV6) return 'NOT_PROTOCOL';
  if (length < at.UDP) return 'SHORT_FRAME';
  if (frame[at.IP]! >> 4 !== 6) return 'BAD_IP_VERSION';
  if (frame[at.IP_NEXT_HEADER] !== at.PROTOCOL_UDP) return 'NOT_PROTOCOL';
  if (length < at.HEADER) return 'SHORT_FRAME';
  const sourcePort = u16(frame, at.UDP);
  const targetPort = u16(frame, at.UDP_DST_PORT);
  if (sourcePort !== port && targetPort !== port) return 'NOT_PROTOCOL';
  const udpLength = u16(frame, at.UDP_LENGTH);
  const ipPayload = u16(frame, at.IP_PAYLOAD_LENGTH);
  if (length < at.UDP + ipPayload) return 'SHORT_FRAME';
  if (udpLength !== ipPayload || length !== at.UDP + ipPayload) return 'LENGTH_MISMATCH';
  if (length < at.PAYLOAD) return 'SHORT_HEADER';
  if (u16(frame, at.UDP_CHECKSUM) === 0) return 'NO_CHECKSUM';
  // The addresses stand right before UDP, so one run covers pseudo-header and datagram (RFC 8200 §8.1).
  if (foldSum(onesComplementSum(frame, at.IP_SRC, length) + udpLength + at.PROTOCOL_UDP) !== 0xffff)
    return 'BAD_CHECKSUM';
  if (u16(frame, at.IP_SRC) !== prefix || u16(frame, at.IP_DST) !== prefix) return 'BAD_PREFIX';

  const kind = frame[at.HEADER + 1]!;
  const known = kind >= Kind.REQUEST && kind <= Kind.PROBE;
  const isRequest = known ? kind === Kind.REQUEST : targetPort === port;
  const asked = isRequest ? at.IP_DST : at.IP_SRC;
  const client = isRequest ? at.IP_SRC : at.IP_DST;
  message.prefix = prefix;
  message.node = u16(frame, asked + 2);
  message.op = frame[asked + 4]!;
  message.flags = frame[asked + 5]!;
  message.arg = u16(frame, asked + 6);
  message.pointerHigh = u32(frame, asked + 8);
  message.pointerLow = u32(frame, asked + 12);
  message.client = u16(frame, client + 2);
  message.clientPort = isRequest ? sourcePort : targetPort;
  message.version = frame[at.HEADER]!;
  message.kind = kind;
  message.status = frame[at.HEADER + 2]!;
  message.hint = frame[at.HEADER + 3]!;
  message.tag = u32(frame, at.HEADER + 4);
  message.epoch = u16(frame, at.HEADER + 8);
  message.attempt = frame[at.HEADER + 10]!;
  message.chunk = u16(frame, at.HEADER + 12);
  message.chunks = u16(frame, at.HEADER + 14);
  message.length = u32(frame, at.HEADER + 16);
  message.offset = u32(frame, at.HEADER + 20);
  const extensions = frame[at.HEADER + 11]!;
  const coherenceStart = at.PAYLOAD + ((extensions & Extension.CAPABILITY) !== 0 ? at.CAPABILITY_BYTES : 0);
  const isCoherent = (extensions & Extension.COHERENCE) !== 0;
  const payloadStart = coherenceStart + (isCoherent ? at.COHERENCE_BYTES : 0);
  message.extensions = extensions;
  message.payloadStart = payloadStart;
  message.payloadLength = length - payloadStart;

  if ((isRequest ? targetPort : sourcePort) !== port) return 'BAD_DIRECTION';
  if (u32(frame, client + 4) !== 0 || u32(frame, client + 8) !== 0 || u32(frame, client + 12) !== 0) {
    return 'BAD_CLIENT_ADDRESS';
  }
  if (message.version !== PROTOCOL_VERSION) return 'BAD_VERSION';
  if (!known) return 'BAD_KIND';
  if (extensions === 0) return undefined;
  if ((extensions & ~(Extension.CAPABILITY | Extension.COHERENCE)) !== 0) return 'BAD_RESERVED';
  if (length < payloadStart) return 'SHORT_HEADER';
  if (coherenceStart !== at.PAYLOAD && !readCapability(frame, message)) return 'BAD_RESERVED';
  return !isCoherent || readCoherence(frame, coherenceStart, message) ? undefined : 'BAD_RESERVED';
}

/** @returns whether the reserved bytes are zero */
function readCapability(frame: Uint8Array, message: Message): boolean {
  message.rights = frame[at.PAYLOAD]!;
  message.range = frame[at.PAYLOAD + 1]!;
  message.keyEpoch = u16(frame, at.PAYLOAD + 2);
  message.domain = u16(frame, at.PAYLOAD + 4);
  message.macLow = u32(frame, at.PAYLOAD + 8);
  message.macHigh = u32(frame, at.PAYLOAD + 12);
  return u16(frame, at.PAYLOAD + 6) === 0;
}

/** @returns whether the reserved bytes are zero */
function readCoherence(frame: Uint8Array, start: number, message: Message): boolean {
  message.generation = u32(frame, start);
  message.number = u32(frame, start + 4);
  message.bitmapHigh = u32(frame, start + 8);
  message.bitmapLow = u32(frame, start + 12);
  message.requester = u16(frame, start + 16);
  message.requesterPort = u16(frame, start + 18);
  message.requesterTag = u32(frame, start + 20);
  message.requesterEpoch = u16(frame, start + 24);
  message.requesterIndex = frame[start + 26]!;
  message.region = frame[start + 27]!;
  message.coherence = frame[start + 28]!;
  return frame[start + 29] === 0 && u16(frame, start + 30) === 0;
}

function u16(bytes: Uint8Array, i: number): number {
  return (bytes[i]! << 8) | bytes[i + 1]!;
}

function u32(bytes: Uint8Array, i: number): number {
  return ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
}
