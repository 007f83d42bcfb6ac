import { foldSum, onesComplementSum } from './checksum.js';

/*
 * Ethernet II + IPv6 without extension headers (RFC 8200) + UDP (RFC 768): every field stands at a fixed place.
 */
export const ETHERNET_HEADER = 14;
export const IPV6_HEADER = 40;
export const UDP_HEADER = 8;
/** Offset of the UDP payload in the frame: 62. */
export const UDP6_PAYLOAD = ETHERNET_HEADER + IPV6_HEADER + UDP_HEADER;
export const ETHERTYPE_IPV6 = 0x86dd;
/** Offsets in the frame of the addresses, for those that read or rewrite them in place. */
export const UDP6_OFFSET = {
  dstMac: 0,
  srcMac: 6,
  etherType: 12,
  payloadLength: 18,
  nextHeader: 20,
  hopLimit: 21,
  src: 22,
  dst: 38,
  srcPort: 54,
  dstPort: 56,
  udpLength: 58,
  checksum: 60,
} as const;

const NEXT_HEADER_UDP = 17;
const NEXT_HEADER_FRAGMENT = 44;
/** Hop-by-hop, routing, ESP, AH, destination options, mobility, HIP, shim6 (IANA "IPv6 Extension Header Types"). */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([0, 43, 50, 51, 60, 135, 139, 140]);

/** Why a frame is not a UDP datagram over IPv6 that one should trust. Checked in this order. */
export type Udp6Fault =
  | 'short' // ends inside its Ethernet, IPv6 or UDP header
  | 'not-ipv6' // another EtherType, or a version that is not 6
  | 'bad-length' // the IPv6 or UDP length is beyond the frame, or the two disagree
  | 'fragment' // a fragment header: page traffic is never fragmented
  | 'extension-header' // another extension header comes before UDP
  | 'not-udp' // another protocol
  | 'no-checksum' // zero, which IPv6 forbids (RFC 8200 section 8.1)
  | 'bad-checksum';

/**
 * A validated look into a frame, without a copy. One view serves for any number of frames: `parseUdp6` points it at
 * the next. Getters read the frame when asked, so it is only good as long as the frame is.
 */
export class Udp6View {
  frame: Uint8Array = new Uint8Array(UDP6_PAYLOAD);
  /** Bytes of payload; they begin at `UDP6_PAYLOAD`. Padding behind them does not count. */
  payloadLength = 0;

  get srcPort(): number {
    return word(this.frame, UDP6_OFFSET.srcPort);
  }
  get dstPort(): number {
    return word(this.frame, UDP6_OFFSET.dstPort);
  }
  get hopLimit(): number {
    return this.frame[UDP6_OFFSET.hopLimit]!;
  }
  /** Offset behind the last byte of payload. */
  get payloadEnd(): number {
    return UDP6_PAYLOAD + this.payloadLength;
  }
  /** A view of the payload. Makes an object each time: on a hot path use the offsets. */
  get payload(): Uint8Array {
    return this.frame.subarray(UDP6_PAYLOAD, this.payloadEnd);
  }
  /** Views of the addresses, 16 and 6 bytes; each makes an object each time. */
  get src(): Uint8Array {
    return this.frame.subarray(UDP6_OFFSET.src, UDP6_OFFSET.src + 16);
  }
  get dst(): Uint8Array {
    return this.frame.subarray(UDP6_OFFSET.dst, UDP6_OFFSET.dst + 16);
  }
  get srcMac(): Uint8Array {
    return this.frame.subarray(UDP6_OFFSET.srcMac, UDP6_OFFSET.srcMac + 6);
  }
  get dstMac(): Uint8Array {
    return this.frame.subarray(UDP6_OFFSET.dstMac, UDP6_OFFSET.dstMac + 6);
  }
}

/**
 * Check a frame from the wire and point `view` at it. Bytes behind the IPv6 packet are taken for Ethernet padding.
 * @param view left as it was if there is a fault
 * @param verifyChecksum false for senders known not to compute it
 * @returns undefined, or why the frame must be refused
 */
export function parseUdp6(frame: Uint8Array, view: Udp6View, verifyChecksum = true): Udp6Fault | undefined {
  const { length } = frame;
  if (length < ETHERNET_HEADER) return 'short';
  if (word(frame, UDP6_OFFSET.etherType) !== ETHERTYPE_IPV6) return 'not-ipv6';
  if (length < ETHERNET_HEADER + IPV6_HEADER) return 'short';
  if (frame[ETHERNET_HEADER]! >> 4 !== 6) return 'not-ipv6';
  const ipPayload = word(frame, UDP6_OFFSET.payloadLength);
  if (ETHERNET_HEADER + IPV6_HEADER + ipPayload > length) return 'bad-length';
  const nextHeader = frame[UDP6_OFFSET.nextHeader]!;
  if (nextHeader !== NEXT_HEADER_UDP) {
    if (nextHeader === NEXT_HEADER_FRAGMENT) return 'fragment';
    return EXTENSION_HEADERS.has(nextHeader) ? 'extension-header' : 'not-udp';
  }
  if (length < UDP6_PAYLOAD) return 'short';
  // A UDP length below the IPv6 length would leave bytes that no checksum covers; ours never do that.
  if (ipPayload < UDP_HEADER || word(frame, UDP6_OFFSET.udpLength) !== ipPayload) return 'bad-length';
  if (verifyChecksum) {
    if (word(frame, UDP6_OFFSET.checksum) === 0) return 'no-checksum';
    if (pseudoSum(frame, ipPayload) !== 0xffff) return 'bad-checksum';
  }
  view.frame = frame;
  view.payloadLength = ipPayload - UDP_HEADER;
  return undefined;
}

/** Everything in front of the payload. Keep one such object and change what differs from frame to frame. */
export interface Udp6Header {
  dstMac: Uint8Array;
  srcMac: Uint8Array;
  /** 16 bytes each. */
  src: Uint8Array;
  dst: Uint8Array;
  srcPort: number;
  dstPort: number;
  /** Default 64. */
  hopLimit?: number;
  /** 8 and 20 bits, default 0. */
  trafficClass?: number;
  flowLabel?: number;
}

/** The most that an IPv6 packet which is no jumbogram carries above UDP. */
export const UDP6_MAX_PAYLOAD = 65535 - UDP_HEADER;

/**
 * Write a frame into `into`, checksum included.
 * @param payload the bytes to copy in, or how many bytes the caller already wrote at `UDP6_PAYLOAD`
 * @returns the length of the frame in bytes; it is not padded to Ethernet's 60
 * @throws RangeError if `into` is too small or the payload too long
 */
export function buildUdp6(header: Udp6Header, payload: Uint8Array | number, into: Uint8Array): number {
  const payloadLength = typeof payload === 'number' ? payload : payload.length;
  const end = UDP6_PAYLOAD + payloadLength;
  if (payloadLength > UDP6_MAX_PAYLOAD) {
    throw new RangeError(
      `a UDP payload of ${payloadLength} bytes is too long; at most ${UDP6_MAX_PAYLOAD} fit`,
    );
  }
  if (end > into.length) {
    throw new RangeError(`a frame of ${end} bytes does not fit into a buffer of ${into.length}`);
  }
  const { flowLabel = 0, trafficClass = 0, hopLimit = 64 } = header;
  const udpLength = payloadLength + UDP_HEADER;
  copy(header.dstMac, 6, into, UDP6_OFFSET.dstMac);
  copy(header.srcMac, 6, into, UDP6_OFFSET.srcMac);
  putWord(into, UDP6_OFFSET.etherType, ETHERTYPE_IPV6);
  into[14] = 0x60 | (trafficClass >> 4);
  into[15] = ((trafficClass & 15) << 4) | ((flowLabel >> 16) & 15);
  putWord(into, 16, flowLabel & 0xffff);
  putWord(into, UDP6_OFFSET.payloadLength, udpLength);
  into[UDP6_OFFSET.nextHeader] = NEXT_HEADER_UDP;
  into[UDP6_OFFSET.hopLimit] = hopLimit;
  copy(header.src, 16, into, UDP6_OFFSET.src);
  copy(header.dst, 16, into, UDP6_OFFSET.dst);
  putWord(into, UDP6_OFFSET.srcPort, header.srcPort);
  putWord(into, UDP6_OFFSET.dstPort, header.dstPort);
  putWord(into, UDP6_OFFSET.udpLength, udpLength);
  if (typeof payload !== 'number') into.set(payload, UDP6_PAYLOAD);
  writeUdp6Checksum(into);
  return end;
}

/** Compute the UDP checksum of a well-formed frame anew and write it in place. */
export function writeUdp6Checksum(frame: Uint8Array): void {
  putWord(frame, UDP6_OFFSET.checksum, 0);
  const checksum = ~pseudoSum(frame, word(frame, UDP6_OFFSET.payloadLength)) & 0xffff;
  // A computed zero is sent as all ones, for zero means "none" (RFC 768, RFC 8200 section 8.1).
  putWord(frame, UDP6_OFFSET.checksum, checksum === 0 ? 0xffff : checksum);
}

/**
 * The folded sum of the pseudo-header (RFC 8200 section 8.1) and the UDP datagram. Addresses and datagram stand side by
 * side, so one pass sums them; the upper-layer length and the next header are added by hand.
 */
function pseudoSum(frame: Uint8Array, udpLength: number): number {
  const end = UDP6_OFFSET.srcPort + udpLength;
  return foldSum(onesComplementSum(frame, UDP6_OFFSET.src, end) + udpLength + NEXT_HEADER_UDP);
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** For a few bytes a loop is cheaper than TypedArray.set. */
function copy(from: Uint8Array, length: number, into: Uint8Array, at: number): void {
  if (from.length !== length)
    throw new RangeError(`an address of ${from.length} bytes where ${length} are needed`);
  for (let i = 0; i < length; i++) into[at + i] = from[i]!;
}
