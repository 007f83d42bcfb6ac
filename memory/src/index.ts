export type { ServerCounters } from './server/counters.js';
export { MemoryServer, type MemoryServerOptions, type MemoryServerStatus } from './server/server.js';
/** The wire format of docs/protocol.md: addresses, headers, frames, and the numbers in them. */
export * as wire from './wire/index.js';
