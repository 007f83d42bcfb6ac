export { EVICTIONS, type EvictionName } from './cache/policy.js';
/** Tokens that say what a protection domain may do with a range (docs/capabilities.md): made by servers, checked by the switch. */
export * as capability from './capability/index.js';
export { MemoryClient } from './client/client.js';
export type { ClientCounters } from './client/counters.js';
export { type AskedFor, MemoryError, type MemoryErrorCode } from './client/errors.js';
export type { Latency } from './client/latency.js';
export type { CallOptions, MemoryClientOptions, Region, Timers } from './client/options.js';
export { CoherentClient, type CoherentClientOptions } from './coherence/client.js';
export type { CoherenceCounters } from './coherence/counters.js';
/** The directory's transition function (docs/coherence.md): what the P4 program does, as pure code. */
export * as directory from './coherence/directory.js';
export { type BlockDevice, DiskError, type DiskErrorCode, type Segment } from './disk/device.js';
export { isLocal, type ListenAddress, nbdUri, parseListen } from './disk/nbd/listen.js';
export { NbdServer, type NbdServerOptions } from './disk/nbd/server.js';
export { Volume, type VolumeMemory, type VolumeOptions, type VolumeStatus } from './disk/volume.js';
export { type FetchedFile, type FileSink, type GetOptions, getFile } from './file/get.js';
export { type FileInfo, fileRegions, removeFile, statFile } from './file/manage.js';
export { type PutOptions, putFile, type StoredFile } from './file/put.js';
export type { FileSource } from './file/source.js';
export {
  type Backend,
  MapError,
  type MapErrorCode,
  type MapOptions,
  MappedMemory,
  type MapStatus,
  map,
  type RemoteBackend,
} from './mapped/index.js';
export {
  abandonMove,
  type CopyOptions,
  type CopyReport,
  copyRange,
  forgetRange,
  isGone,
  type MoveEnds,
  serveRange,
} from './move/move.js';
export { MoveOrders } from './move/orders.js';
export type { ServerCounters } from './server/counters.js';
export { DEFAULT_HOME_DIRECTORY, type HomeDirectoryOptions } from './server/home-directory.js';
export { MemoryServer, type MemoryServerOptions, type MemoryServerStatus } from './server/server.js';
export type { MemoryAddress } from './wire/index.js';
/** The wire format of docs/protocol.md: addresses, headers, frames, and the numbers in them. */
export * as wire from './wire/index.js';
