/** For the tests of programs that use this package: a switch that is all memory and no data plane. */
export { EntityStore } from './entity-store.js';
export { FakeDevice, type FakeDeviceOptions } from './fake-device.js';
export { type FakeSwitch, type FakeSwitchOptions, startFakeSwitch } from './fake-switch.js';
