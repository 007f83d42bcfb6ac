import { WireError } from '../wire.js';

/** One frame of a capture file. */
export interface PcapRecord {
  /** When it was captured, in milliseconds since 1970 (with a fraction). */
  readonly timeMs: number;
  /** What the file holds of it: a view of the bytes that were pushed. */
  readonly frame: Uint8Array;
  /** How long it was on the cable; longer than `frame` if it was cut short. */
  readonly originalLength: number;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const MAGIC_MICRO = 0xa1b2c3d4;
const MAGIC_NANO = 0xa1b23c4d;
const MAGIC_PCAPNG = 0x0a0d0d0a;
const LINKTYPE_ETHERNET = 1;
/** The longest record that libpcap itself reads (MAXIMUM_SNAPLEN); more is a broken length. */
const MAX_RECORD = 262_144;

/**
 * Reads classic pcap (draft-ietf-opsawg-pcap: microseconds or nanoseconds, either byte order) from chunks of any size.
 * Trusts nothing: memory is bounded by one chunk and one record.
 * @throws WireError WIRE_BAD_FILE with the offset at which the file is wrong
 */
export class PcapParser {
  #rest: Uint8Array = new Uint8Array(0);
  /** Offset in the file of `#rest`. */
  #offset = 0;
  #header: { littleEndian: boolean; msPerUnit: number } | undefined;

  /** @param name how messages call the file */
  constructor(private readonly name: string) {}

  /** The records that are complete now. They are views of `chunk` where they can be. */
  push(chunk: Uint8Array): PcapRecord[] {
    const bytes = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (this.#header === undefined) {
      // A wrong magic number is told from four bytes on, whatever follows.
      if (bytes.length >= 4) this.#readMagic(view);
      if (bytes.length < FILE_HEADER) return this.#keep(bytes, 0, []);
      this.#header = this.#readHeader(view);
      at = FILE_HEADER;
    }
    const { littleEndian, msPerUnit } = this.#header;
    const records: PcapRecord[] = [];
    while (at + RECORD_HEADER <= bytes.length) {
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > MAX_RECORD) {
        throw this.#bad(at + 8, `a record claims ${captured} bytes; at most ${MAX_RECORD} make sense`);
      }
      const start = at + RECORD_HEADER;
      if (start + captured > bytes.length) break;
      records.push({
        timeMs: view.getUint32(at, littleEndian) * 1000 + view.getUint32(at + 4, littleEndian) * msPerUnit,
        frame: bytes.subarray(start, start + captured),
        originalLength: view.getUint32(at + 12, littleEndian),
      });
      at = start + captured;
    }
    return this.#keep(bytes, at, records);
  }

  /** Call at the end of the file. @throws WireError WIRE_BAD_FILE if it ends inside a header or record */
  finish(): void {
    if (this.#header === undefined) {
      throw this.#bad(
        this.#rest.length,
        `the file ends after ${this.#rest.length} bytes; a pcap file begins with a header of ${FILE_HEADER}`,
      );
    }
    if (this.#rest.length > 0) {
      throw this.#bad(
        0,
        `the file ends inside the record that begins here (${this.#rest.length} bytes of it are there)`,
      );
    }
  }

  #readMagic(view: DataView): { littleEndian: boolean; msPerUnit: number } {
    for (const littleEndian of [true, false]) {
      const magic = view.getUint32(0, littleEndian);
      if (magic === MAGIC_MICRO) return { littleEndian, msPerUnit: 1e-3 };
      if (magic === MAGIC_NANO) return { littleEndian, msPerUnit: 1e-6 };
    }
    const found = view.getUint32(0, false);
    throw this.#bad(
      0,
      found === MAGIC_PCAPNG
        ? 'this is a pcapng file; convert it with `editcap -F nsecpcap IN OUT`'
        : `this is not a pcap file: it begins with ${hex(found)}, expected ${hex(MAGIC_MICRO)} or ${hex(MAGIC_NANO)} in either byte order`,
    );
  }

  #readHeader(view: DataView): { littleEndian: boolean; msPerUnit: number } {
    const header = this.#readMagic(view);
    const major = view.getUint16(4, header.littleEndian);
    if (major !== 2) throw this.#bad(4, `version ${major} of the format is unknown, expected 2`);
    // The upper four bits tell of a frame check sequence, see the draft's section 4.
    const link = view.getUint32(20, header.littleEndian) & 0x0fffffff;
    if (link !== LINKTYPE_ETHERNET) {
      throw this.#bad(20, `its frames are of link type ${link}, expected ${LINKTYPE_ETHERNET} (Ethernet)`);
    }
    return header;
  }

  #keep(bytes: Uint8Array, from: number, records: PcapRecord[]): PcapRecord[] {
    // A copy, so that the pusher may reuse its chunk. (Not slice(): a Buffer's gives a view.)
    this.#rest = new Uint8Array(bytes.subarray(from));
    this.#offset += from;
    return records;
  }

  #bad(at: number, what: string): WireError {
    return new WireError('WIRE_BAD_FILE', `${this.name}: at byte ${this.#offset + at}: ${what}`);
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
