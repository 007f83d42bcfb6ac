import { toBigInt, toNumber, trim } from '../values/bitstring.js';
import type { ValueType } from '../values/value.js';

/** Up to 48 bits a number, above a bigint, a translated value its string. */
export type MetadataValue = number | bigint | string;

export function bytesToValue(bytes: Uint8Array, type: ValueType | undefined): MetadataValue {
  if (type?.kind === 'string') return Buffer.from(bytes).toString();
  return (type?.width ?? bytes.length * 8) <= 48 && trim(bytes).length <= 6
    ? toNumber(bytes)
    : toBigInt(bytes);
}
