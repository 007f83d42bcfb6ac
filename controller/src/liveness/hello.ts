import { ETHER_TYPE_HELLO, type SwitchPort } from '@bluebridge/templates';

/** A frame that one switch of the fabric sends its neighbour, to see whether the cable between them carries frames. */
export interface Hello extends SwitchPort {
  /** Of the controller's life: hellos of another one, or of its former life, prove nothing. */
  readonly nonce: bigint;
}

/** Nearest bridge: no bridge forwards it (IEEE 802.1Q, table 8-1). */
const NEAREST_BRIDGE = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
const HEADER = 14;
const NONCE = HEADER;
const PORT = NONCE + 8;
const NAME_LENGTH = PORT + 2;
const NAME = NAME_LENGTH + 1;
/** The smallest Ethernet frame, its checksum left out. */
const SMALLEST = 60;

/** @param mac of the switch that sends it */
export function encodeHello(hello: Hello, mac: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(hello.switch);
  const frame = new Uint8Array(Math.max(SMALLEST, NAME + name.length));
  const view = new DataView(frame.buffer);
  frame.set(NEAREST_BRIDGE, 0);
  frame.set(mac, 6);
  view.setUint16(12, ETHER_TYPE_HELLO);
  view.setBigUint64(NONCE, hello.nonce);
  view.setUint16(PORT, hello.port);
  frame[NAME_LENGTH] = name.length;
  frame.set(name, NAME);
  return frame;
}

/** Whether a punted frame is a hello, and nothing that concerns memory. */
export const isHello = (frame: Uint8Array): boolean =>
  frame.length >= HEADER && frame[12]! * 256 + frame[13]! === ETHER_TYPE_HELLO;

/** Undefined for what is no hello. */
export function decodeHello(frame: Uint8Array): Hello | undefined {
  if (!isHello(frame) || frame.length < NAME) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const end = NAME + frame[NAME_LENGTH]!;
  if (end > frame.length) return undefined;
  return {
    nonce: view.getBigUint64(NONCE),
    switch: new TextDecoder().decode(frame.subarray(NAME, end)),
    port: view.getUint16(PORT),
  };
}
