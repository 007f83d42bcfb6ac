import { DEFAULT_PREFIX, Extension, PROTOCOL_PORT, PROTOCOL_VERSION } from './constants.js';
import type { Defect } from './decode.js';
import * as at from './layout.js';

/** Say to a person what is wrong with `frame`: what was found and what was expected. */
export function describeDefect(
  defect: Defect,
  frame: Uint8Array,
  { prefix = DEFAULT_PREFIX, port = PROTOCOL_PORT }: { prefix?: number; port?: number } = {},
): string {
  const u16 = (i: number) => ((frame[i] ?? 0) << 8) | (frame[i + 1] ?? 0);
  const hex = (value: number) => `0x${value.toString(16).padStart(4, '0')}`;
  switch (defect) {
    case 'NOT_PROTOCOL':
      return `ordinary traffic: not IPv6 with UDP from or to port ${port} directly behind it`;
    case 'SHORT_FRAME': {
      const needed = frame.length < at.HEADER ? at.PAYLOAD : at.UDP + u16(at.IP_PAYLOAD_LENGTH);
      return `the frame is cut short: it has ${frame.length} bytes and needs at least ${needed}`;
    }
    case 'BAD_IP_VERSION':
      return `the EtherType says IPv6, but the packet says IP version ${(frame[at.IP] ?? 0) >> 4}`;
    case 'LENGTH_MISMATCH':
      return (
        `the lengths do not agree: IPv6 payload ${u16(at.IP_PAYLOAD_LENGTH)}, UDP ${u16(at.UDP_LENGTH)}, ` +
        `in the frame ${frame.length - at.UDP} bytes`
      );
    case 'SHORT_HEADER': {
      const extensions = frame.length >= at.PAYLOAD ? frame[at.HEADER + 11]! : 0;
      const needed = at.HEADER_BYTES + extensionBytes(extensions);
      return `no room for the headers: UDP carries ${frame.length - at.HEADER} bytes and they need ${needed}`;
    }
    case 'NO_CHECKSUM':
      return 'the UDP checksum is zero, which IPv6 forbids (RFC 8200 §8.1)';
    case 'BAD_CHECKSUM':
      return `the UDP checksum ${hex(u16(at.UDP_CHECKSUM))} does not fit the frame's contents`;
    case 'BAD_PREFIX':
      return (
        `an address is outside the fabric: source ${hex(u16(at.IP_SRC))}::/16, ` +
        `destination ${hex(u16(at.IP_DST))}::/16, expected ${hex(prefix)}::/16`
      );
    case 'BAD_VERSION':
      return `protocol version ${frame[at.HEADER]}, expected ${PROTOCOL_VERSION}`;
    case 'BAD_KIND':
      return `kind ${frame[at.HEADER + 1]}, expected 1 (request), 2 (reply), 3 (NACK) or 4 (probe)`;
    case 'BAD_DIRECTION':
      return (
        `UDP ports ${u16(at.UDP)} to ${u16(at.UDP_DST_PORT)} do not fit kind ${frame[at.HEADER + 1]}: ` +
        `requests go to port ${port}, answers come from it`
      );
    case 'BAD_CLIENT_ADDRESS':
      return "the client's address has an operation, flags, an argument or a pointer; they must be zero";
    case 'BAD_RESERVED': {
      const extensions = frame[at.HEADER + 11]!;
      if ((extensions & ~(Extension.CAPABILITY | Extension.COHERENCE)) !== 0) {
        return `byte 11 of the header is ${extensions}: it announces headers that this version does not know`;
      }
      const end = at.PAYLOAD + extensionBytes(extensions);
      const isCapable = (extensions & Extension.CAPABILITY) !== 0;
      if (isCapable && (frame[at.PAYLOAD + 6] !== 0 || frame[at.PAYLOAD + 7] !== 0)) {
        return `the reserved bytes of the capability are ${frame[at.PAYLOAD + 6]} ${frame[at.PAYLOAD + 7]}, expected 0 0`;
      }
      const reserved = [...frame.subarray(end - 3, end)].join(' ');
      return `the reserved bytes of the coherence header are ${reserved}, expected 0 0 0`;
    }
  }
}

function extensionBytes(extensions: number): number {
  return (
    ((extensions & Extension.CAPABILITY) !== 0 ? at.CAPABILITY_BYTES : 0) +
    ((extensions & Extension.COHERENCE) !== 0 ? at.COHERENCE_BYTES : 0)
  );
}
