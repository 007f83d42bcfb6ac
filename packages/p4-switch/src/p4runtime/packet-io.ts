import type { Init, PacketIn, PacketOut, p4 } from 'p4runtime-js';
import { type PacketHeader as Header, listed } from './bindings.js';
import { fromBytes, toBytes } from './bytes.js';
import { invalid } from './errors.js';

const bitsOf = (header: Header | undefined): number =>
  (header?.metadata ?? []).reduce((sum, field) => sum + field.bitwidth, 0);

/**
 * A frame out of the CPU port as a packet-in: its first bits are the program's `packet_in` header, field after field.
 * @returns undefined if the frame is shorter than that header
 */
export function packetIn(frame: Uint8Array, header: Header | undefined): Init<PacketIn> | undefined {
  const bits = bitsOf(header);
  const bytes = Math.ceil(bits / 8);
  if (frame.length < bytes) return undefined;
  let rest = bytes === 0 ? 0n : fromBytes(frame.subarray(0, bytes), bytes * 8, 'packet_in');
  rest >>= BigInt(bytes * 8 - bits);
  const metadata: Init<p4.v1.PacketMetadata>[] = [];
  for (const field of [...(header?.metadata ?? [])].reverse()) {
    metadata.push({ metadataId: field.id, value: toBytes(BigInt.asUintN(field.bitwidth, rest)) });
    rest >>= BigInt(field.bitwidth);
  }
  return { payload: frame.slice(bytes), metadata: metadata.reverse() };
}

/**
 * A packet-out as the frame that enters by the CPU port: the program's `packet_out` header, then the payload.
 * Each metadata is given precisely once (specification, "Packet I/O"), but for padding, of which nobody knows the value.
 * @throws P4RuntimeError INVALID_ARGUMENT for metadata that is missing, unknown or given twice, OUT_OF_RANGE for a value
 * that does not fit
 */
export function packetOutFrame(packet: PacketOut, header: Header | undefined): Uint8Array {
  const given = new Map<number, Uint8Array>();
  for (const { metadataId, value } of packet.metadata) {
    if (given.has(metadataId)) throw invalid(`packet-out: the metadata ${metadataId} is given twice`);
    given.set(metadataId, value);
  }
  let bits = 0n;
  for (const field of header?.metadata ?? []) {
    const value = given.get(field.id);
    given.delete(field.id);
    const padding = field.annotations.some((a) => a.startsWith('@padding'));
    if (!value && !padding) throw invalid(`packet-out: the metadata ${field.name} (${field.id}) is missing`);
    const number = value ? fromBytes(value, field.bitwidth, `packet-out, metadata ${field.name}`) : 0n;
    bits = (bits << BigInt(field.bitwidth)) | number;
  }
  const [unknown] = given.keys();
  if (unknown !== undefined) {
    throw invalid(
      `packet-out: there is no metadata ${unknown}; there are: ${listed(header?.metadata ?? [])}`,
    );
  }
  const width = bitsOf(header);
  const bytes = Math.ceil(width / 8);
  const frame = new Uint8Array(bytes + packet.payload.length);
  let rest = bits << BigInt(bytes * 8 - width);
  for (let i = bytes - 1; i >= 0; i--) {
    frame[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  frame.set(packet.payload, bytes);
  return frame;
}
