import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { ByteQueue } from '../nbd/byte-queue.js';
import type { ListenAddress } from '../nbd/listen.js';

export interface OptionAnswer {
  readonly type: number;
  readonly data: Buffer;
}

export interface Ask {
  readonly type: number;
  readonly flags?: number;
  readonly cookie?: bigint;
  readonly offset?: number | bigint;
  readonly length?: number;
  readonly payload?: Uint8Array;
}

/** The bytes of a request. */
export function encodeRequest(ask: Ask): Buffer {
  const { type, flags = 0, cookie = 1n, offset = 0, payload = new Uint8Array() } = ask;
  const head = Buffer.alloc(28);
  head.writeUInt32BE(0x25609513, 0);
  head.writeUInt16BE(flags, 4);
  head.writeUInt16BE(type, 6);
  head.writeBigUInt64BE(cookie, 8);
  head.writeBigUInt64BE(BigInt(offset), 16);
  head.writeUInt32BE(ask.length ?? payload.length, 24);
  return Buffer.concat([head, payload]);
}

/** The bytes of an option. */
export function encodeOption(option: number, data: Uint8Array | string = '', length?: number): Buffer {
  const bytes = Buffer.from(data);
  const head = Buffer.alloc(16);
  head.write('IHAVEOPT', 'latin1');
  head.writeUInt32BE(option, 8);
  head.writeUInt32BE(length ?? bytes.length, 12);
  return Buffer.concat([head, bytes]);
}

/** The data of INFO and GO. */
export function infoData(name: string, wanted: readonly number[] = []): Buffer {
  const bytes = Buffer.alloc(4 + Buffer.byteLength(name) + 2 + 2 * wanted.length);
  bytes.writeUInt32BE(Buffer.byteLength(name), 0);
  bytes.write(name, 4);
  const at = 4 + Buffer.byteLength(name);
  bytes.writeUInt16BE(wanted.length, at);
  for (const [i, info] of wanted.entries()) bytes.writeUInt16BE(info, at + 2 + 2 * i);
  return bytes;
}

/** The data of LIST_META_CONTEXT and SET_META_CONTEXT. */
export function contextData(name: string, queries: readonly string[]): Buffer {
  const u32 = (n: number): Buffer => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
  const text = (value: string): Buffer[] => [u32(Buffer.byteLength(value)), Buffer.from(value)];
  return Buffer.concat([...text(name), u32(queries.length), ...queries.flatMap(text)]);
}

/** An NBD client that sends whatever a test wants it to. */
export class NbdClient {
  readonly #queue = new ByteQueue();
  #wake = (): void => {};
  /** The server has closed the connection. */
  readonly closed: Promise<void>;
  #isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.#queue.push(piece);
      this.#wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** Connect and read the greeting. */
  static async connect(address: ListenAddress, flags = 3): Promise<NbdClient> {
    const socket = connect(address.kind === 'unix' ? { path: address.path } : address);
    const client = new NbdClient(socket);
    const greeting = await client.take(18);
    assert.equal(greeting.toString('latin1', 0, 16), 'NBDMAGICIHAVEOPT');
    assert.equal(greeting.readUInt16BE(16), 3);
    client.send(Buffer.from([0, 0, 0, flags]));
    return client;
  }

  /** Connect and go on to transmission. */
  static async open(address: ListenAddress, options: { structured?: boolean } = {}): Promise<NbdClient> {
    const client = await NbdClient.connect(address);
    if (options.structured) {
      await client.option(8);
      await client.option(10, contextData('', ['base:allocation']));
    }
    const answers = await client.option(7, infoData(''));
    assert.equal(answers.at(-1)?.type, 1);
    return client;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** @throws if the server closes the connection before */
  async take(length: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.#queue.take(length);
      if (bytes) return bytes;
      if (this.#isClosed) throw new Error(`closed after ${this.#queue.length} of ${length} bytes`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** One option, and all that is answered: replies up to an ACK or an error. */
  async option(option: number, data: Uint8Array | string = ''): Promise<OptionAnswer[]> {
    this.send(encodeOption(option, data));
    const answers: OptionAnswer[] = [];
    for (;;) {
      const head = await this.take(20);
      assert.equal(head.readBigUInt64BE(0), 0x3e889045565a9n);
      assert.equal(head.readUInt32BE(8), option);
      const type = head.readUInt32BE(12);
      answers.push({ type, data: await this.take(head.readUInt32BE(16)) });
      if (type === 1 || type >= 0x80000000) return answers;
    }
  }

  /** One request, and its simple reply. @returns the error, or the bytes of a READ */
  async ask(ask: Ask): Promise<{ error: number; bytes: Buffer }> {
    this.send(encodeRequest(ask));
    const head = await this.take(16);
    assert.equal(head.readUInt32BE(0), 0x67446698);
    assert.equal(head.readBigUInt64BE(8), ask.cookie ?? 1n);
    const error = head.readUInt32BE(4);
    const bytes = await this.take(ask.type === 0 && error === 0 ? (ask.length ?? 0) : 0);
    return { error, bytes };
  }

  /** The chunks of the next structured reply: type and payload. */
  async chunks(): Promise<{ cookie: bigint; list: { type: number; payload: Buffer }[] }> {
    const list: { type: number; payload: Buffer }[] = [];
    for (;;) {
      const head = await this.take(20);
      assert.equal(head.readUInt32BE(0), 0x668e33ef);
      list.push({ type: head.readUInt16BE(6), payload: await this.take(head.readUInt32BE(16)) });
      if ((head.readUInt16BE(4) & 1) !== 0) return { cookie: head.readBigUInt64BE(8), list };
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
