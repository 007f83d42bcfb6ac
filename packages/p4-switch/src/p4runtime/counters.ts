import type { CounterValue } from '../switch/control-plane.js';

/** The data plane counts modulo 2^64, of which int64 is the signed view. */
export const counterData = ({ packets, bytes }: CounterValue) => ({
  packetCount: BigInt.asIntN(64, packets),
  byteCount: BigInt.asIntN(64, bytes),
});

export const counterValue = (data: { packetCount: bigint; byteCount: bigint }): CounterValue => ({
  packets: BigInt.asUintN(64, data.packetCount),
  bytes: BigInt.asUintN(64, data.byteCount),
});
