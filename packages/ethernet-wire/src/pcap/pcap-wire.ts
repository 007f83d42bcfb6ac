import { type FileHandle, open } from 'node:fs/promises';
import { countReceived, newStats } from '../delivery.js';
import { formatWireSpec } from '../spec.js';
import { type FrameHandler, type Wire, WireError } from '../wire.js';
import { fileError, wallClock } from './capture-file.js';
import { PcapParser, type PcapRecord } from './pcap-parser.js';
import { PcapWriter, SNAPLEN } from './pcap-writer.js';

export interface PcapWireOptions {
  /** File to receive from: classic pcap. */
  input: string;
  /** File to write what is sent to; without it, what is sent is only counted. */
  output?: string;
  /** What time sent frames get, in milliseconds since 1970. Default the wall clock. */
  clock?: () => number;
}

export interface PcapWire extends Wire {
  /** Resolves once the handler has had every frame of the input, or the wire was closed or failed. */
  readonly ended: Promise<void>;
}

const CHUNK = 256 * 1024;
const BATCH = 256;

/**
 * A wire that receives the frames of a file, as fast as the handler takes them and in batches of at most 256, one a turn
 * of the event loop. Frames that the capture cut short never were whole here: they are counted in `rxDropped`.
 * @throws WireError WIRE_NOT_FOUND, WIRE_PERMISSION, WIRE_BAD_FILE (already for a wrong file header), WIRE_FAILED
 */
export async function openPcapWire(options: PcapWireOptions): Promise<PcapWire> {
  const { input } = options;
  let file: FileHandle;
  try {
    file = await open(input, 'r');
  } catch (cause) {
    throw fileError(input, 'cannot be read', cause);
  }
  const reader = new PcapReader(input, file);
  try {
    await reader.readMore();
    return new PcapWireImpl(reader, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Records of a file, a chunk at a time. */
class PcapReader {
  readonly #parser: PcapParser;
  readonly #chunk = new Uint8Array(CHUNK);
  records: PcapRecord[] = [];
  atEnd = false;

  constructor(
    private readonly path: string,
    readonly file: FileHandle,
  ) {
    this.#parser = new PcapParser(path);
  }

  /** Replace `records` by those of the next chunk; they are views of it. */
  async readMore(): Promise<void> {
    let bytesRead: number;
    try {
      ({ bytesRead } = await this.file.read(this.#chunk, 0, CHUNK));
    } catch (cause) {
      throw fileError(this.path, 'cannot be read', cause);
    }
    this.atEnd = bytesRead === 0;
    if (this.atEnd) this.#parser.finish();
    this.records = this.#parser.push(this.#chunk.subarray(0, bytesRead));
  }
}

class PcapWireImpl implements PcapWire {
  readonly name: string;
  readonly maxFrame = SNAPLEN;
  readonly stats = newStats();
  readonly ended: Promise<void>;
  readonly #writer: PcapWriter | undefined;
  readonly #clock: () => number;
  #end: () => void = () => {};
  #handler: FrameHandler | undefined;
  #onError: ((error: WireError) => void) | undefined;
  #failure: WireError | undefined;
  #closed = false;
  /** While it runs the handler may close the wire, but not wait for itself. */
  #delivering = false;
  #reading: Promise<void> | undefined;

  constructor(
    private readonly reader: PcapReader,
    { input, output, clock = wallClock }: PcapWireOptions,
  ) {
    this.name = formatWireSpec({ kind: 'pcap', input, ...(output !== undefined && { output }) });
    this.#clock = clock;
    this.#writer = output === undefined ? undefined : new PcapWriter(output);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  send(frame: Uint8Array): boolean {
    if (this.#closed || frame.length === 0 || frame.length > this.maxFrame) {
      this.stats.txDropped++;
      return false;
    }
    this.#writer?.append(frame, this.#clock());
    this.stats.txFrames++;
    this.stats.txBytes += frame.length;
    return true;
  }

  flush(): void {
    try {
      this.#writer?.flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  onFrames(handler: FrameHandler): void {
    this.#handler = handler;
    this.#reading ??= this.#read();
  }

  onError(handler: (error: WireError) => void): void {
    this.#onError = handler;
    if (this.#failure !== undefined) handler(this.#failure);
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#reading;
    this.#closed = true;
    try {
      this.#writer?.close();
    } catch (error) {
      this.#fail(error);
    }
    // The reader closes the file when it sees that the wire is closed, so as not to pull it away under a read.
    this.#reading ??= this.#read();
    if (!this.#delivering) await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      while (!this.#closed && !this.reader.atEnd) {
        for (let at = 0; at < this.reader.records.length && !this.#closed; at += BATCH) {
          await new Promise((resolve) => setImmediate(resolve));
          this.#deliver(this.reader.records.slice(at, at + BATCH));
        }
        if (!this.#closed) await this.reader.readMore();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      await this.reader.file.close();
      this.#end();
    }
  }

  #deliver(records: PcapRecord[]): void {
    if (this.#closed) return;
    const frames: Uint8Array[] = [];
    for (const { frame, originalLength } of records) {
      if (frame.length === 0 || frame.length < originalLength) this.stats.rxDropped++;
      else frames.push(frame);
    }
    if (frames.length === 0) return;
    countReceived(this.stats, frames);
    this.#delivering = true;
    try {
      this.#handler?.(frames);
    } catch (error) {
      // A handler's own fault must surface as such and not as a broken wire.
      queueMicrotask(() => {
        throw error;
      });
    } finally {
      this.#delivering = false;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure =
      error instanceof WireError
        ? error
        : new WireError('WIRE_FAILED', `${this.name}: ${String(error)}`, { cause: error });
    this.#closed = true;
    try {
      this.#writer?.close();
    } catch {
      // It failed before, which is why we are here, or its error comes second to the first.
    }
    this.#reading ??= this.#read();
    this.#onError?.(this.#failure);
  }
}
