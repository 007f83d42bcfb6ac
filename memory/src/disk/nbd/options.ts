import { Info, MAX_STRING, OPTION_REPLY_MAGIC, OptionReply } from './constants.js';

/** The client's option has a form that the protocol does not know; it is told so, and may go on. */
export class BadOption extends Error {
  override readonly name = 'BadOption';
}

/** What INFO and GO ask. */
export interface InfoRequest {
  readonly name: string;
  readonly wanted: readonly number[];
}

/** What LIST_META_CONTEXT and SET_META_CONTEXT ask. */
export interface ContextRequest {
  readonly name: string;
  readonly queries: readonly string[];
}

/** Reads an option's data from its start to its end. @throws BadOption where it goes over the end, or does not reach it */
class OptionReader {
  #at = 0;
  constructor(private readonly data: Buffer) {}

  u16(): number {
    return this.#take(2).readUInt16BE();
  }

  u32(): number {
    return this.#take(4).readUInt32BE();
  }

  string(): string {
    const length = this.u32();
    if (length > MAX_STRING) throw new BadOption(`a text of ${length} bytes; ${MAX_STRING} are the limit`);
    return text(this.#take(length));
  }

  end(): void {
    const rest = this.data.length - this.#at;
    if (rest > 0) throw new BadOption(`${rest} bytes behind what the option asks`);
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.data.length) {
      throw new BadOption(`the option has ${this.data.length} bytes and would need ${end}`);
    }
    const bytes = this.data.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}

/** @throws BadOption for what is not UTF-8 */
export function text(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadOption('a text that is not UTF-8');
  }
}

/** u32 length, name, u16 count, u16 each. @throws BadOption */
export function decodeInfoRequest(data: Buffer): InfoRequest {
  const reader = new OptionReader(data);
  const name = reader.string();
  const wanted = Array.from({ length: reader.u16() }, () => reader.u16());
  reader.end();
  return { name, wanted };
}

/** u32 length, name, u32 count, and for each u32 length, text. @throws BadOption */
export function decodeContextRequest(data: Buffer): ContextRequest {
  const reader = new OptionReader(data);
  const name = reader.string();
  const queries: string[] = [];
  for (let left = reader.u32(); left > 0; left--) queries.push(reader.string());
  reader.end();
  return { name, queries };
}

/** One reply to an option. */
export function encodeOptionReply(option: number, type: number, data: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.from(data);
  const head = Buffer.alloc(20);
  head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0);
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(type, 12);
  head.writeUInt32BE(bytes.length, 16);
  return Buffer.concat([head, bytes]);
}

export function encodeInfo(option: number, info: number, data: Uint8Array | string): Buffer {
  const kind = Buffer.alloc(2);
  kind.writeUInt16BE(info);
  return encodeOptionReply(option, OptionReply.INFO, Buffer.concat([kind, Buffer.from(data)]));
}

/** Size and transmission flags, as EXPORT_NAME and NBD_INFO_EXPORT have them. */
export function encodeExport(size: number, flags: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(size), 0);
  bytes.writeUInt16BE(flags, 8);
  return bytes;
}

export function encodeBlockSizes(option: number, sizes: readonly [number, number, number]): Buffer {
  const bytes = Buffer.alloc(12);
  for (const [i, size] of sizes.entries()) bytes.writeUInt32BE(size, i * 4);
  return encodeInfo(option, Info.BLOCK_SIZE, bytes);
}

/** u32 length, text. */
export function lengthAndText(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
