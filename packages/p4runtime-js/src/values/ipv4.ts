/** Four bytes of a dotted quad, or undefined. Leading zeros are refused: some readers take them for octal. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

/** @param bytes four of them */
export const formatIpv4 = (bytes: Uint8Array): string => bytes.join('.');
