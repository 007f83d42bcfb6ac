/** An Ethernet address: six bytes, or text such as `02:00:00:00:01:02`. */
export type MacAddress = Uint8Array | string;

/** @throws RangeError for anything but six bytes or six two-digit groups. */
export function macBytes(mac: MacAddress): Uint8Array {
  if (typeof mac !== 'string') {
    if (mac.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${mac.length}`);
    return Uint8Array.from(mac);
  }
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac)) {
    throw new RangeError(`${JSON.stringify(mac)} is not a MAC address such as 02:00:00:00:01:02`);
  }
  return Uint8Array.from(mac.split(/[:-]/), (group) => Number.parseInt(group, 16));
}

/** Six bytes, from `at` on, as `02:00:00:00:01:02`. */
export function formatMac(bytes: Uint8Array, at = 0): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
