import { bitType, encodeValue, type ValueInput } from '../values/value.js';

/** An SDN port: a number of up to 32 bits, or its bytes where ports are translated. */
export const encodePort = (port: ValueInput): Uint8Array =>
  port instanceof Uint8Array ? port : encodeValue(port, bitType(32));
