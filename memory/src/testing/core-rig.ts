import { ServerCore, type ServerCoreOptions } from '../server/core.js';
import { chunkBytes, chunkCount, decodeFrame, encodeFrame, Message, macBytes, Op } from '../wire/index.js';

export const SERVER_MAC = macBytes('02:00:00:00:01:02');
export const CLIENT_MAC = macBytes('02:00:00:00:00:01');

/** An answer and its payload. */
export interface Heard {
  message: Message;
  payload: Uint8Array;
  /** Where the frame goes. */
  to: Uint8Array;
}

/** A server core with a clock in the test's hand, spoken to in messages instead of frames. */
export class CoreRig {
  readonly core: ServerCore;
  now = 1000;
  nextTag = 100;
  readonly #heard: Heard[] = [];

  constructor(options: Partial<ServerCoreOptions> = {}) {
    this.core = new ServerCore(
      {
        node: 0x102,
        mac: SERVER_MAC,
        capacity: 1 << 20,
        pageSize: 4096,
        mtu: 1500,
        prefix: 0xfdbb,
        port: 5000,
        incarnation: 1234n,
        busyHint: 20,
        ...options,
      },
      (frame) => {
        const message = new Message();
        const defect = decodeFrame(frame, message);
        if (defect !== undefined && defect !== 'BAD_VERSION' && defect !== 'BAD_KIND') {
          throw new Error(`the server sent a frame that is ${defect}`);
        }
        this.#heard.push({ message, payload: message.payload(frame).slice(), to: frame.slice(0, 6) });
        return true;
      },
    );
  }

  /** Send raw bytes; @returns what the server answers at once. */
  frame(bytes: Uint8Array): Heard[] {
    this.#heard.length = 0;
    this.core.receive(bytes, this.now);
    return this.#heard.slice();
  }

  build(fields: Partial<Message>, payload?: Uint8Array): Uint8Array {
    const message = Object.assign(new Message(), { node: 0x102, client: 1, clientPort: 50001 }, fields);
    if (fields.tag === undefined) message.tag = this.nextTag++;
    return encodeFrame(message, SERVER_MAC, CLIENT_MAC, payload);
  }

  ask(fields: Partial<Message>, payload?: Uint8Array): Heard[] {
    return this.frame(this.build(fields, payload));
  }

  /** @returns the start of a new allocation */
  alloc(bytes: number, fields: Partial<Message> = {}): number {
    const [heard] = this.ask({ op: Op.ALLOC, length: bytes, ...fields });
    if (heard === undefined || heard.message.status !== 0)
      throw new Error(`no allocation: ${heard?.message}`);
    return heard.message.offsetInNode;
  }

  /** The frames of a WRITE, cut as the protocol wants it. */
  writeFrames(at: number, bytes: Uint8Array, fields: Partial<Message> = {}, mtu = 1500): Uint8Array[] {
    const perChunk = chunkBytes(mtu);
    const chunks = chunkCount(bytes.length, perChunk);
    const tag = fields.tag ?? this.nextTag++;
    return Array.from({ length: chunks }, (_, chunk) => {
      const offset = chunk * perChunk;
      const whole = { op: Op.WRITE, length: bytes.length, tag, chunk, chunks, offset, offsetInNode: at };
      return this.build({ ...whole, ...fields, tag }, bytes.subarray(offset, offset + perChunk));
    });
  }

  write(at: number, bytes: Uint8Array, fields: Partial<Message> = {}): Heard[] {
    return this.writeFrames(at, bytes, fields).flatMap((frame) => this.frame(frame));
  }

  read(at: number, length: number, fields: Partial<Message> = {}): Uint8Array {
    const heard = this.ask({ op: Op.READ, offsetInNode: at, length, ...fields });
    const bytes = new Uint8Array(length);
    for (const { message, payload } of heard) {
      if (message.status !== 0) throw new Error(`not read: ${message}`);
      bytes.set(payload, message.offset);
    }
    return bytes;
  }
}
