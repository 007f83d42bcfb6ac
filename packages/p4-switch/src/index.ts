export * from './errors.js';
export { type Environment, systemEnvironment } from './externs/clock.js';
export type { EntryKey, MatchKind, Program } from './ir/program.js';
export { loadProgram } from './json/load.js';
export type * from './switch/control-plane.js';
