import { invalid, within } from '../errors/within.js';
import { type PacketIn, PacketOut } from '../messages.js';
import type { P4InfoIndex } from '../p4info/p4info-index.js';
import { encodeValue, type ValueInput } from '../values/value.js';
import { bytesToValue, type MetadataValue } from './metadata.js';

/**
 * A packet for the switch, with one value for each field of the program's `packet_out` header.
 * @throws P4RuntimeError INVALID_ARGUMENT for a field that is missing or unknown, OUT_OF_RANGE for one that does not fit
 */
export function packetOut(
  index: P4InfoIndex,
  payload: Uint8Array,
  metadata: Readonly<Record<string, ValueInput>> = {},
): PacketOut {
  const fields = index.packetHeaders.find('packet_out')?.fields.all ?? [];
  const names = fields.map(({ name }) => name).join(', ') || 'none';
  for (const name of Object.keys(metadata)) {
    if (!fields.some((field) => field.name === name))
      throw invalid(`packet_out has no field '${name}'; it has ${names}`);
  }
  return PacketOut.from({
    payload,
    metadata: fields.map(({ id, name, type }) => {
      const input = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
      if (input === undefined) throw invalid(`packet_out: field ${name} is missing; it has ${names}`);
      return { metadataId: id, value: within(`packet_out field ${name}`, () => encodeValue(input, type)) };
    }),
  });
}

/** A packet from the switch with its metadata by name; a field that the P4Info does not know is `#` and its number. */
export interface ReceivedPacket {
  readonly payload: Uint8Array;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
}

export function decodePacketIn(index: P4InfoIndex | undefined, packet: PacketIn): ReceivedPacket {
  const fields = index?.packetHeaders.find('packet_in')?.fields;
  const entries = packet.metadata.map(({ metadataId, value }): [string, MetadataValue] => {
    const field = fields?.find(metadataId);
    return [field?.name ?? `#${metadataId}`, bytesToValue(value, field?.type)];
  });
  return { payload: packet.payload, metadata: Object.fromEntries(entries) };
}
