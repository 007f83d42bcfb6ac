export { type DataPlane, SwitchDevice } from './device.js';
export type { Timers } from './digests.js';
export { RunningSwitch, type RunningSwitchOptions } from './running-switch.js';
export { systemTimers } from './timers.js';
export { type EngineName, V1ModelPlane } from './v1model-plane.js';
