import { parseMac } from 'ethernet-wire';

/** An Ethernet address: six bytes, or text such as `02:00:00:00:01:02`. */
export type MacAddress = Uint8Array | string;

/** @throws RangeError for other than six bytes, AddressError (of ethernet-wire) for text that is none. */
export function macBytes(mac: MacAddress): Uint8Array {
  if (typeof mac === 'string') return parseMac(mac);
  if (mac.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${mac.length}`);
  return Uint8Array.from(mac);
}
