import { writeBits } from '../bits/bits.js';
import type { Packet } from '../engine/packet.js';
import { hashFunction } from '../externs/hash.js';
import type { CalculationInput, Field } from '../ir/program.js';
import type { State } from './state.js';

/** Lays the inputs bit after bit into a buffer (invalid headers are skipped), pads to a byte, hashes. */
export function calculate(
  state: State,
  packet: Packet,
  algorithm: string,
  inputs: readonly CalculationInput[],
  withPayload: boolean,
): bigint {
  const fields: { width: number; value: bigint }[] = [];
  const push = (field: Field): void => {
    const width = state.bitsOf(field);
    fields.push({ width, value: BigInt.asUintN(width, state.read(field)) });
  };
  for (const input of inputs) {
    if (input.kind === 'constant') fields.push(input);
    else if (input.kind === 'field') {
      if (state.isValid(input.field.header)) push(input.field);
    } else if (state.isValid(input.header)) input.header.fields.forEach(push);
  }
  const bits = fields.reduce((sum, { width }) => sum + width, 0);
  const head = Math.ceil(bits / 8);
  const payload = withPayload ? packet.bytes() : new Uint8Array(0);
  const bytes = new Uint8Array(head + payload.length);
  let at = 0;
  for (const { width, value } of fields) {
    writeBits(bytes, at, width, value);
    at += width;
  }
  bytes.set(payload, head);
  return BigInt(hashFunction(algorithm)(bytes, bytes.length));
}
