/** `02:bb:00:00:01:01` -> 0x02bb00000101n. The spec has validated the text. */
export const macToBigint = (mac: string): bigint => BigInt(`0x${mac.replaceAll(':', '')}`);
