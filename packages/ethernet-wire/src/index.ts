export { openWire } from './open.js';
export { type WirePairOptions, wirePair } from './pair.js';
export { type Endpoint, formatWireSpec, parseWireSpec, WIRE_FORMS, type WireSpec } from './spec.js';
export { openUdpWire, type UdpWire, type UdpWireOptions, type UdpWireStats } from './udp.js';
export * from './wire.js';
