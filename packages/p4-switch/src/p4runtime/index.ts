export { type DataPlane, SwitchDevice } from './device.js';
export type { Ports } from './groups.js';
export { RunningSwitch, type RunningSwitchOptions } from './running-switch.js';
export { systemTimers, type Timers } from './timers.js';
export { type EngineName, V1ModelPlane } from './v1model-plane.js';
