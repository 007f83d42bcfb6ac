export { MapError, type MapErrorCode } from './errors.js';
export { type MapOptions, MappedMemory, map } from './map.js';
export type { Backend, MapStatus } from './messages.js';
export type { RemoteBackend } from './stores/remote.js';
