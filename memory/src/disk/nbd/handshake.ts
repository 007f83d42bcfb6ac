import type { ByteQueue } from './byte-queue.js';
import {
  ALLOCATION_CONTEXT,
  ALLOCATION_CONTEXT_ID,
  GREETING_MAGIC,
  HandshakeFlag,
  Info,
  MAX_OPTION_DATA,
  MAX_OPTIONS,
  MAX_PAYLOAD,
  NbdViolation,
  OPTION_MAGIC,
  Option,
  OptionReply,
  TransmissionFlag,
} from './constants.js';
import {
  BadOption,
  decodeContextRequest,
  decodeInfoRequest,
  encodeBlockSizes,
  encodeExport,
  encodeInfo,
  encodeOptionReply,
  lengthAndText,
  text,
} from './options.js';

/** What clients are told of the disk. */
export interface Export {
  /** The empty name asks for it, too. */
  readonly name: string;
  readonly description: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes of a request that costs no more than it must. */
  readonly preferredBlock: number;
}

/** What the client chose for the transmission phase. */
export interface Negotiated {
  readonly structured: boolean;
  /** It may ask BLOCK_STATUS in the context `base:allocation`. */
  readonly allocation: boolean;
}

export interface HandshakeStep {
  readonly reply: Buffer;
  /** Go on with the handshake, close the connection, or begin the transmission phase. */
  readonly outcome: 'continue' | 'close' | Negotiated;
}

const BASE_FLAGS =
  TransmissionFlag.HAS_FLAGS |
  TransmissionFlag.SEND_FLUSH |
  TransmissionFlag.SEND_FUA |
  TransmissionFlag.SEND_TRIM |
  TransmissionFlag.SEND_WRITE_ZEROES |
  TransmissionFlag.SEND_CACHE |
  TransmissionFlag.SEND_FAST_ZERO |
  // Nothing is cached on this side of the servers, so what one connection has written all of them read, and a flush is a flush of all.
  TransmissionFlag.CAN_MULTI_CONN;

const NOTHING = Buffer.alloc(0);
const CLIENT_FLAGS = HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES;

/** One connection's fixed newstyle negotiation: bytes in, replies out. */
export class Handshake {
  #clientFlags: number | undefined;
  #options = 0;
  #structured = false;
  /** `base:allocation` was chosen for the export by SET_META_CONTEXT. */
  #allocation = false;

  constructor(private readonly disk: Export) {}

  /** What the server says before it is spoken to. */
  greeting(): Buffer {
    const bytes = Buffer.alloc(18);
    bytes.writeBigUInt64BE(GREETING_MAGIC, 0);
    bytes.writeBigUInt64BE(OPTION_MAGIC, 8);
    bytes.writeUInt16BE(HandshakeFlag.FIXED_NEWSTYLE | HandshakeFlag.NO_ZEROES, 16);
    return bytes;
  }

  /** Take what the client says next, if it is all there. @throws NbdViolation after which the connection is of no use */
  next(bytes: ByteQueue): HandshakeStep | undefined {
    if (this.#clientFlags === undefined) {
      const flags = bytes.take(4)?.readUInt32BE();
      if (flags === undefined) return undefined;
      if ((flags & ~CLIENT_FLAGS) !== 0)
        throw new NbdViolation(`unknown client flags 0x${flags.toString(16)}`);
      this.#clientFlags = flags;
    }
    const head = bytes.peek(16);
    if (head === undefined) return undefined;
    const magic = head.readBigUInt64BE(0);
    if (magic !== OPTION_MAGIC)
      throw new NbdViolation(`0x${magic.toString(16)} where an option should start`);
    const option = head.readUInt32BE(8);
    const length = head.readUInt32BE(12);
    if (length > MAX_OPTION_DATA) {
      throw new NbdViolation(`option ${option} with ${length} bytes; ${MAX_OPTION_DATA} are the limit`);
    }
    const whole = bytes.take(16 + length);
    if (whole === undefined) return undefined;
    if (++this.#options > MAX_OPTIONS) throw new NbdViolation(`more than ${MAX_OPTIONS} options`);
    return this.#answer(option, whole.subarray(16));
  }

  #answer(option: number, data: Buffer): HandshakeStep {
    try {
      switch (option) {
        case Option.EXPORT_NAME:
          return this.#exportName(data);
        case Option.ABORT:
          return { reply: encodeOptionReply(option, OptionReply.ACK), outcome: 'close' };
        case Option.LIST:
          return this.#list(data);
        case Option.INFO:
        case Option.GO:
          return this.#info(option, data);
        case Option.STRUCTURED_REPLY:
          withoutData(data);
          this.#structured = true;
          return goOn(encodeOptionReply(option, OptionReply.ACK));
        case Option.LIST_META_CONTEXT:
        case Option.SET_META_CONTEXT:
          return this.#contexts(option, data);
        default:
          return goOn(encodeOptionReply(option, OptionReply.ERR_UNSUP, `option ${option} is not supported`));
      }
    } catch (error) {
      if (!(error instanceof BadOption)) throw error;
      return goOn(encodeOptionReply(option, OptionReply.ERR_INVALID, error.message));
    }
  }

  /** The one option that cannot be refused but by closing the connection. */
  #exportName(data: Buffer): HandshakeStep {
    try {
      if (!this.#isOurs(text(data))) return { reply: NOTHING, outcome: 'close' };
    } catch {
      return { reply: NOTHING, outcome: 'close' };
    }
    const zeroes = (this.#clientFlags! & HandshakeFlag.NO_ZEROES) !== 0 ? 0 : 124;
    const reply = Buffer.concat([encodeExport(this.disk.size, this.#flags()), Buffer.alloc(zeroes)]);
    return { reply, outcome: this.#negotiated() };
  }

  #list(data: Buffer): HandshakeStep {
    withoutData(data);
    const entry = Buffer.concat([lengthAndText(this.disk.name), Buffer.from(this.disk.description)]);
    return goOn(
      encodeOptionReply(Option.LIST, OptionReply.SERVER, entry),
      encodeOptionReply(Option.LIST, OptionReply.ACK),
    );
  }

  #info(option: number, data: Buffer): HandshakeStep {
    const { name, wanted } = decodeInfoRequest(data);
    if (!this.#isOurs(name)) return this.#unknown(option, name);
    const { size, preferredBlock, description } = this.disk;
    const replies = [
      encodeInfo(option, Info.EXPORT, encodeExport(size, this.#flags())),
      encodeBlockSizes(option, [1, preferredBlock, MAX_PAYLOAD]),
    ];
    if (wanted.includes(Info.NAME)) replies.push(encodeInfo(option, Info.NAME, this.disk.name));
    if (wanted.includes(Info.DESCRIPTION)) replies.push(encodeInfo(option, Info.DESCRIPTION, description));
    replies.push(encodeOptionReply(option, OptionReply.ACK));
    return { reply: Buffer.concat(replies), outcome: option === Option.GO ? this.#negotiated() : 'continue' };
  }

  #contexts(option: number, data: Buffer): HandshakeStep {
    const isSet = option === Option.SET_META_CONTEXT;
    // A new choice replaces the old one, also if it comes to nothing.
    if (isSet) this.#allocation = false;
    const { name, queries } = decodeContextRequest(data);
    if (isSet && !this.#structured) throw new BadOption('contexts need structured replies');
    if (!this.#isOurs(name)) return this.#unknown(option, name);
    const has = isSet
      ? queries.includes(ALLOCATION_CONTEXT)
      : queries.length === 0 || queries.some((query) => query === ALLOCATION_CONTEXT || query === 'base:');
    if (isSet) this.#allocation = has;
    const ack = encodeOptionReply(option, OptionReply.ACK);
    if (!has) return goOn(ack);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(ALLOCATION_CONTEXT_ID);
    const context = Buffer.concat([id, Buffer.from(ALLOCATION_CONTEXT)]);
    return goOn(encodeOptionReply(option, OptionReply.META_CONTEXT, context), ack);
  }

  #unknown(option: number, name: string): HandshakeStep {
    const message = `no export "${name}"; there is "${this.disk.name}"`;
    return goOn(encodeOptionReply(option, OptionReply.ERR_UNKNOWN, message));
  }

  readonly #isOurs = (name: string): boolean => name === '' || name === this.disk.name;

  /** "Don't fragment" is a word about structured replies only. */
  #flags(): number {
    return this.#structured ? BASE_FLAGS | TransmissionFlag.SEND_DF : BASE_FLAGS;
  }

  #negotiated(): Negotiated {
    return { structured: this.#structured, allocation: this.#allocation };
  }
}

function withoutData(data: Buffer): void {
  if (data.length > 0) throw new BadOption(`${data.length} bytes of data where there are none`);
}

function goOn(...replies: Buffer[]): HandshakeStep {
  return { reply: Buffer.concat(replies), outcome: 'continue' };
}
