import { CaptureFile, wallClock } from './capture-file.js';
import { SNAPLEN } from './pcap-writer.js';

const pad4 = (length: number): number => (length + 3) & ~3;

/** Block types and options of draft-ietf-opsawg-pcapng, sections 4.1 to 4.3. */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const IF_NAME = 2;
const EPB_FLAGS = 2;
const INBOUND = 1;
const OUTBOUND = 2;

/**
 * Writes a pcapng file: like pcap, but each frame says on which interface it was and in which direction, so one file
 * shows all ports of a switch. Microseconds, little-endian.
 */
export class PcapngWriter {
  readonly #file: CaptureFile;
  #interfaces = 0;
  /** Frames that could not be written. */
  dropped = 0;

  /** Creates or empties the file. @throws WireError WIRE_NOT_FOUND, WIRE_PERMISSION, WIRE_FAILED */
  constructor(path: string) {
    this.#file = new CaptureFile(path);
    const at = this.#file.reserve(28)!;
    const { view } = this.#file;
    this.#frameBlock(at, SECTION_HEADER, 28);
    view.setUint32(at + 8, 0x1a2b3c4d, true); // byte-order magic
    view.setUint16(at + 12, 1, true); // version 1.0
    view.setBigInt64(at + 16, -1n, true); // the section's length is not given
  }

  /**
   * Describe an interface; may be called at any time before its first frame.
   * @returns the number by which `append` knows it
   */
  addInterface(name: string): number {
    const text = Buffer.from(name).subarray(0, 1024);
    const length = 20 + 4 + pad4(text.length) + 4;
    const at = this.#file.reserve(length);
    if (at !== undefined) {
      const { view, bytes } = this.#file;
      this.#frameBlock(at, INTERFACE_DESCRIPTION, length);
      view.setUint16(at + 8, 1, true); // link type Ethernet
      view.setUint32(at + 12, SNAPLEN, true);
      view.setUint16(at + 16, IF_NAME, true);
      view.setUint16(at + 18, text.length, true);
      bytes.set(text, at + 20); // zeros behind it: padding, and opt_endofopt
    }
    return this.#interfaces++;
  }

  /**
   * Never throws for a file that broke. @param direction as seen from the owner of the interface
   * @param timeMs milliseconds since 1970, may have a fraction
   * @throws RangeError if `interfaceNumber` is not one that `addInterface` gave
   */
  append(interfaceNumber: number, direction: 'in' | 'out', frame: Uint8Array, timeMs = wallClock()): void {
    if (!(interfaceNumber >= 0 && interfaceNumber < this.#interfaces)) {
      throw new RangeError(`interface ${interfaceNumber} was not added; there are ${this.#interfaces}`);
    }
    const captured = Math.min(frame.length, SNAPLEN);
    const options = 28 + pad4(captured);
    const length = options + 12 + 4;
    const at = this.#file.reserve(length);
    if (at === undefined) {
      this.dropped++;
      return;
    }
    const { view, bytes } = this.#file;
    const microseconds = Math.floor(timeMs * 1000);
    this.#frameBlock(at, ENHANCED_PACKET, length);
    view.setUint32(at + 8, interfaceNumber, true);
    view.setUint32(at + 12, Math.floor(microseconds / 2 ** 32), true);
    view.setUint32(at + 16, microseconds % 2 ** 32, true);
    view.setUint32(at + 20, captured, true);
    view.setUint32(at + 24, frame.length, true);
    bytes.set(captured === frame.length ? frame : frame.subarray(0, captured), at + 28);
    view.setUint16(at + options, EPB_FLAGS, true);
    view.setUint16(at + options + 2, 4, true);
    view.setUint32(at + options + 4, direction === 'in' ? INBOUND : OUTBOUND, true);
  }

  /** @throws WireError WIRE_FAILED if not everything could be written */
  flush(): void {
    this.#file.flush();
  }

  /** Idempotent. @throws WireError WIRE_FAILED if not everything could be written */
  close(): void {
    this.#file.close();
  }

  /** A block begins with its type and length and ends with its length again. */
  #frameBlock(at: number, type: number, length: number): void {
    const { view } = this.#file;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + length - 4, length, true);
  }
}
