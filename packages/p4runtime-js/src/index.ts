export {
  decodeElectionId,
  type ElectionId,
  encodeElectionId,
  MAX_ELECTION_ID,
  showElectionId,
} from './arbitration/election-id.js';
export * from './client/index.js';
export * from './entities/index.js';
export { Code, codeName } from './errors/code.js';
export { P4RuntimeError, type P4RuntimeErrorOptions, type UpdateFailure } from './errors/p4runtime-error.js';
export * from './messages.js';
export type {
  CallEvent,
  EntityKind,
  MethodName,
  Observer,
  SessionEvent,
  StreamEvent,
  UpdatesEvent,
} from './observe/observer.js';
export * from './p4info/index.js';
export type {
  Caller,
  DeviceEventKind,
  DeviceEvents,
  DeviceHandler,
  WriteTransaction,
} from './server/device-handler.js';
export { isLoopback, type ListenOptions, type ServerTlsOptions } from './server/listening.js';
export { P4RuntimeServer, type P4RuntimeServerOptions } from './server/p4runtime-server.js';
export * from './server/stratum/index.js';
export * as stratum from './stratum.js';
export * from './text/index.js';
export * from './values/index.js';
