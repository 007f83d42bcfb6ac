export { type ActionParams, decodeParams, encodeAction } from './action.js';
export { counterEntry, directCounterEntry, directMeterEntry, meterEntry, registerEntry } from './cells.js';
export { type DataInput, type DataValue, decodeData, encodeData } from './data.js';
export { decodeDigest, digestEntry, valueSetEntry } from './digests.js';
export { entityKey } from './entity-key.js';
export type { MetadataValue } from './metadata.js';
export { decodePacketIn, packetOut, type ReceivedPacket } from './packets.js';
export { actionProfileGroup, actionProfileMember } from './profiles.js';
export { cloneSession, multicastGroup, type ReplicaSpec } from './replication.js';
export { showEntity, showUpdate } from './show.js';
export { decodeKeys, decodeTableEntry, showTableEntry } from './show-table-entry.js';
export {
  type CounterValue,
  type MeterValue,
  type TableEntrySpec,
  type TablePattern,
  tableEntry,
  tablePattern,
  type WeightedAction,
} from './table-entry.js';
export { insert, modify, remove } from './updates.js';
