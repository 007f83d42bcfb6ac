// String literals of the text format: C escapes, over bytes. Strings are UTF-8, so one pair of functions serves both.

const NAMED: Readonly<Record<string, number>> = {
  n: 10,
  r: 13,
  t: 9,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};
const utf8 = new TextEncoder();

/** As protobuf's TextFormat prints: \n \r \t \" \' \\ by name, what is not printable ASCII as three octal digits. */
export function quote(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    if (byte === 10) text += '\\n';
    else if (byte === 13) text += '\\r';
    else if (byte === 9) text += '\\t';
    else if (byte === 34 || byte === 39 || byte === 92) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `${text}"`;
}

/** The problem with an escape and where it stands in the literal's body. */
export class BadEscape extends Error {
  readonly offset: number;

  constructor(problem: string, offset: number) {
    super(problem);
    this.offset = offset;
  }
}

/** The bytes of a literal's body, without its quotes. @throws BadEscape */
export function unquote(body: string): Uint8Array {
  if (!body.includes('\\')) return utf8.encode(body);
  const parts: Uint8Array[] = [];
  let at = 0;
  while (at < body.length) {
    const slash = body.indexOf('\\', at);
    if (slash < 0) {
      parts.push(utf8.encode(body.slice(at)));
      break;
    }
    if (slash > at) parts.push(utf8.encode(body.slice(at, slash)));
    const [bytes, length] = escapeAt(body, slash);
    parts.push(bytes);
    at = slash + length;
  }
  return Uint8Array.from(Buffer.concat(parts));
}

function escapeAt(body: string, slash: number): [Uint8Array, number] {
  const rest = body.slice(slash + 1, slash + 11);
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) {
    const value = Number.parseInt(octal, 8);
    if (value > 255) throw new BadEscape(`\\${octal} does not fit in a byte`, slash);
    return [Uint8Array.of(value), 1 + octal.length];
  }
  const hex = /^[xX]([0-9a-fA-F]{1,2})/.exec(rest);
  if (hex) return [Uint8Array.of(Number.parseInt(hex[1]!, 16)), 1 + hex[0].length];
  const unicode = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
  if (unicode) {
    const value = Number.parseInt((unicode[1] ?? unicode[2])!, 16);
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
      throw new BadEscape(`\\${unicode[0]} is no Unicode character`, slash);
    }
    return [utf8.encode(String.fromCodePoint(value)), 1 + unicode[0].length];
  }
  const named = NAMED[rest[0] ?? ''];
  if (named === undefined) throw new BadEscape(`\\${rest[0] ?? ''} is no escape sequence`, slash);
  return [Uint8Array.of(named), 2];
}
