const MAC = /^[0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(?:\1[0-9a-fA-F]{2}){4}$/;

/** Six bytes of `aa:bb:cc:dd:ee:ff` or `aa-bb-cc-dd-ee-ff`, or undefined. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!MAC.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text.replaceAll(text[2]!, ''), 'hex'));
}

/** @param bytes six of them */
export const formatMac = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('hex').match(/../g)!.join(':');
