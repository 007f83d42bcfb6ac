import type { Duplex } from 'node:stream';
import type { BlockDevice } from '../device.js';
import { ByteQueue } from './byte-queue.js';
import { Command, NbdViolation } from './constants.js';
import { execute } from './execute.js';
import { type Export, Handshake, type Negotiated } from './handshake.js';
import { type Request, takeRequest } from './messages.js';

/** What one client may have under way before no more is read from it: requests, and bytes of their payloads and replies. */
const MAX_REQUESTS = 128;
const MAX_BYTES = 32 << 20;

export interface ConnectionOptions {
  readonly device: BlockDevice;
  readonly disk: Export;
  /** Milliseconds for the handshake. */
  readonly handshakeTimeout: number;
  /** Milliseconds that a client has at the end to read its last replies. */
  readonly lingerTimeout: number;
}

/**
 * One client, on a stream. Its requests run side by side and are answered as they are done. Whatever it sends, the worst
 * that comes of it is the end of this connection.
 */
export class NbdConnection {
  /** When nothing of it is left, no request either: why it ended, if it was not the client's wish. */
  readonly ended: Promise<Error | undefined>;
  readonly #stream: Duplex;
  readonly #options: ConnectionOptions;
  readonly #bytes = new ByteQueue();
  #handshake: Handshake | undefined;
  #negotiated: Negotiated | undefined;
  #requests = 0;
  #inFlight = 0;
  /** No more requests are taken. */
  #isEnding = false;
  #isClosed = false;
  #reason: Error | undefined;
  #timer: NodeJS.Timeout;
  #resolve!: (reason: Error | undefined) => void;

  /** @param stream belongs to the connection from here on */
  constructor(stream: Duplex, options: ConnectionOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#handshake = new Handshake(options.disk);
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    const { handshakeTimeout } = options;
    this.#timer = setTimeout(() => {
      this.#end(new NbdViolation(`no end of the handshake after ${handshakeTimeout} ms`));
    }, handshakeTimeout);
    stream.on('data', (piece: Buffer) => {
      if (this.#isEnding) return;
      this.#bytes.push(piece);
      this.#pump();
    });
    stream.on('drain', () => this.#pump());
    stream.on('end', () => {
      const rest = this.#bytes.length;
      this.#end(
        rest > 0 ? new NbdViolation(`it left in the middle of a message, after ${rest} bytes`) : undefined,
      );
    });
    stream.on('error', (error) => this.#end(error));
    stream.on('close', () => {
      this.#isClosed = true;
      this.#end();
    });
    stream.write(this.#handshake.greeting());
  }

  /** Take no more requests, answer those under way, and close. */
  close(): Promise<unknown> {
    this.#end();
    return this.ended;
  }

  /** Act on what has come, as far as the bounds allow. */
  #pump(): void {
    try {
      while (!this.#isEnding) {
        if (this.#isFull()) {
          this.#stream.pause();
          return;
        }
        if (!(this.#handshake ? this.#negotiate(this.#handshake) : this.#take())) break;
      }
      this.#stream.resume();
    } catch (error) {
      if (!(error instanceof NbdViolation)) throw error;
      this.#end(error);
    }
  }

  /** The next step of the handshake. @returns false if it has not come yet */
  #negotiate(handshake: Handshake): boolean {
    const step = handshake.next(this.#bytes);
    if (step === undefined) return false;
    this.#send([step.reply]);
    if (step.outcome === 'close') this.#end();
    else if (step.outcome !== 'continue') {
      clearTimeout(this.#timer);
      this.#handshake = undefined;
      this.#negotiated = step.outcome;
    }
    return true;
  }

  /** Start the next request. @returns false if it has not come yet */
  #take(): boolean {
    const request = takeRequest(this.#bytes);
    if (request === undefined) return false;
    if (request.type === Command.DISC) this.#end();
    else void this.#run(request);
    return true;
  }

  async #run(request: Request): Promise<void> {
    const { type, length } = request;
    const bytes = type === Command.READ || type === Command.WRITE ? length : 0;
    this.#requests++;
    this.#inFlight += bytes;
    this.#send(await execute(this.#options.device, this.#negotiated!, request));
    this.#requests--;
    this.#inFlight -= bytes;
    if (this.#isEnding) this.#finish();
    else this.#pump();
  }

  #send(pieces: readonly Buffer[]): void {
    if (this.#isClosed || !this.#stream.writable) return;
    this.#stream.cork();
    for (const piece of pieces) if (piece.length > 0) this.#stream.write(piece);
    this.#stream.uncork();
  }

  /** A client that does not read its replies is not heard until it does. */
  #isFull(): boolean {
    return this.#requests >= MAX_REQUESTS || this.#inFlight >= MAX_BYTES || this.#stream.writableNeedDrain;
  }

  #end(reason?: Error): void {
    if (!this.#isEnding) {
      this.#isEnding = true;
      this.#reason = reason;
      clearTimeout(this.#timer);
      // What still comes is read and dropped, so that the end of the stream is seen.
      this.#stream.resume();
    }
    this.#finish();
  }

  /** Close when nothing is under way any more. */
  #finish(): void {
    if (this.#requests > 0) return;
    if (this.#isClosed) {
      clearTimeout(this.#timer);
      this.#resolve(this.#reason);
      return;
    }
    if (this.#stream.writableEnded) return;
    this.#timer = setTimeout(() => this.#stream.destroy(), this.#options.lingerTimeout);
    this.#stream.end(() => this.#stream.destroy());
  }
}
