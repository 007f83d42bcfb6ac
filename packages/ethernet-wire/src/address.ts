/** A text that is not the address it should be. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  constructor(
    readonly code: 'ADDRESS_BAD_MAC' | 'ADDRESS_BAD_IPV6',
    message: string,
  ) {
    super(message);
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `02:00:00:00:00:01` or `02-00-00-00-00-01` -> 6 bytes. @throws AddressError ADDRESS_BAD_MAC */
export function parseMac(text: string): Uint8Array {
  const pairs = text.split(text.includes('-') ? '-' : ':');
  if (pairs.length !== 6 || !pairs.every((pair) => /^[0-9a-fA-F]{2}$/.test(pair))) {
    throw new AddressError(
      'ADDRESS_BAD_MAC',
      `${JSON.stringify(text)} is not a MAC address; expected six pairs of hexadecimal digits such as 02:00:00:00:00:01`,
    );
  }
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** The six bytes at `start` as lower-case text with colons. */
export function formatMac(bytes: Uint8Array, start = 0): string {
  let text = HEX[bytes[start]!]!;
  for (let i = 1; i < 6; i++) text += `:${HEX[bytes[start + i]!]}`;
  return text;
}

/**
 * An IPv6 address in any form of RFC 4291 section 2.2 (also with a dotted quad at its end), without zone or
 * prefix length -> 16 bytes.
 * @throws AddressError ADDRESS_BAD_IPV6
 */
export function parseIpv6(text: string): Uint8Array {
  const fail = (found: string): AddressError =>
    new AddressError(
      'ADDRESS_BAD_IPV6',
      `${JSON.stringify(text)} is not an IPv6 address: ${found}; expected a form such as fdbb:1::2`,
    );
  const halves = text.split('::');
  if (halves.length > 2) throw fail('"::" may stand only once');
  const [head, tail] = halves as [string, string?];
  const front = parseGroups(head, tail === undefined, fail);
  const back = tail === undefined ? [] : parseGroups(tail, true, fail);
  const count = front.length + back.length;
  if (tail === undefined ? count !== 16 : count > 14) {
    throw fail(
      tail === undefined
        ? `it has ${count / 2} groups, not 8`
        : `"::" stands for at least one group of the 8`,
    );
  }
  const bytes = new Uint8Array(16);
  bytes.set(front, 0);
  bytes.set(back, 16 - back.length);
  return bytes;
}

function parseGroups(text: string, mayEndInQuad: boolean, fail: (found: string) => AddressError): number[] {
  const bytes: number[] = [];
  if (text === '') return bytes;
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (group.includes('.')) {
      if (!mayEndInQuad || i !== groups.length - 1) throw fail('a dotted quad may stand only at its end');
      bytes.push(...parseQuad(group, fail));
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else {
      throw fail(
        group === '' ? 'a group is empty' : `${JSON.stringify(group)} is not one to four hexadecimal digits`,
      );
    }
  }
  return bytes;
}

function parseQuad(text: string, fail: (found: string) => AddressError): number[] {
  const numbers = text.split('.');
  if (numbers.length !== 4 || !numbers.every((n) => /^(0|[1-9][0-9]{0,2})$/.test(n) && Number(n) < 256)) {
    throw fail(`${JSON.stringify(text)} is not four numbers from 0 to 255`);
  }
  return numbers.map(Number);
}

/** The 16 bytes at `start` in the canonical form of RFC 5952 section 4 (never with a dotted quad). */
export function formatIpv6(bytes: Uint8Array, start = 0): string {
  const word = (i: number): number => (bytes[start + 2 * i]! << 8) | bytes[start + 2 * i + 1]!;
  // The first longest run of at least two zero groups becomes "::" (sections 4.2.2 and 4.2.3).
  let runAt = -1;
  let runLength = 1;
  for (let i = 0; i < 8; ) {
    let j = i;
    while (j < 8 && word(j) === 0) j++;
    if (j - i > runLength) {
      runAt = i;
      runLength = j - i;
    }
    i = Math.max(j, i + 1);
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runAt) {
      text += '::';
      i += runLength - 1;
    } else {
      text += (text === '' || text.endsWith(':') ? '' : ':') + word(i).toString(16);
    }
  }
  return text;
}
