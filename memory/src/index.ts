/** The wire format of docs/protocol.md: addresses, headers, frames, and the numbers in them. */
export * as wire from './wire/index.js';
