import { wire } from '@bluebridge/memory';

export const CPU = 510;
export const M1 = { node: 0x101, port: 1 };
export const M2 = { node: 0x102, port: 2 };
export const ALICE = { node: 0x1, port: 3 };
export const BOB = { node: 0x2, port: 4 };
export type Host = typeof M1;

export const macOf = (node: number): Uint8Array =>
  wire.macBytes(`02:bb:00:00:${hex(node >> 8)}:${hex(node & 0xff)}`);
const hex = (byte: number) => byte.toString(16).padStart(2, '0');
export const SWITCH_MAC = macOf(0xffff);

/** A READ of 64 bytes by alice from m1, unless `fields` say otherwise. */
export function request(fields: Partial<wire.Message> = {}, payload?: Uint8Array): Uint8Array {
  const message = Object.assign(new wire.Message(), {
    kind: wire.Kind.REQUEST,
    op: wire.Op.READ,
    client: ALICE.node,
    clientPort: 40_000,
    node: M1.node,
    length: 64,
    tag: 7,
    ...fields,
  });
  return Uint8Array.from(wire.encodeFrame(message, SWITCH_MAC, macOf(message.client), payload));
}

/** m1's answer to alice's READ, unless `fields` say otherwise. */
export function answer(fields: Partial<wire.Message> = {}, payload?: Uint8Array): Uint8Array {
  const message = Object.assign(new wire.Message(), {
    kind: wire.Kind.REPLY,
    op: wire.Op.READ,
    client: ALICE.node,
    clientPort: 40_000,
    node: M1.node,
    length: payload?.length ?? 0,
    tag: 7,
    ...fields,
  });
  return Uint8Array.from(wire.encodeFrame(message, SWITCH_MAC, macOf(message.node), payload));
}

/** A copy with these bytes changed; the checksum stays what it was. */
export function damaged(
  frame: Uint8Array,
  ...changes: readonly (readonly [at: number, byte: number])[]
): Uint8Array {
  const copy = Uint8Array.from(frame);
  for (const [at, byte] of changes) copy[at] = byte;
  return copy;
}

/** The frame with a UDP checksum that is right again (computed here over everything, RFC 768 and RFC 8200 §8.1). */
export function sealed(frame: Uint8Array): Uint8Array {
  const copy = damaged(frame, [60, 0], [61, 0]);
  let sum = 17 + copy.length - 54;
  for (let at = 22; at < copy.length; at += 2) sum += copy[at]! * 256 + (copy[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~sum & 0xffff || 0xffff;
  return damaged(copy, [60, checksum >> 8], [61, checksum & 0xff]);
}

/** The request as the switch turns it round. */
export function nackOf(frame: Uint8Array, reason: number): Uint8Array {
  const nack = Uint8Array.from(frame);
  nack.set(frame.subarray(6, 12), 0);
  nack.set(frame.subarray(0, 6), 6);
  nack.set(frame.subarray(38, 54), 22);
  nack.set(frame.subarray(22, 38), 38);
  nack.set(frame.subarray(56, 58), 54);
  nack.set(frame.subarray(54, 56), 56);
  return sealed(damaged(nack, [63, wire.Kind.NACK], [64, reason], [65, 0]));
}

/** The frame as the switch passes it on to `node`. */
export function routed(frame: Uint8Array, node: number, rewritten = false): Uint8Array {
  const copy = damaged(frame, [21, frame[21]! - 1]);
  copy.set(macOf(node), 0);
  copy.set(SWITCH_MAC, 6);
  return rewritten ? sealed(damaged(copy, [40, node >> 8], [41, node & 0xff])) : copy;
}

/** The frame as the controller gets it. */
export const punted = (frame: Uint8Array, port: number, cause: number): Uint8Array =>
  Uint8Array.from([port >> 1, (port & 1) << 7, cause, ...frame]);
