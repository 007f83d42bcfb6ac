export * from './errors.js';
export { type Environment, systemEnvironment } from './externs/clock.js';
export type { EntryKey, MatchKind, Program } from './ir/program.js';
export { loadProgram } from './json/load.js';
export * from './p4runtime/index.js';
export type * from './switch/control-plane.js';
export type { DropReason, DropStatistics, PortStatistics } from './switch/statistics.js';
export {
  type FrameTap,
  type OutputFrame,
  type SwitchOptions,
  V1ModelSwitch,
} from './switch/v1model-switch.js';
