import { CaptureFile, wallClock } from './capture-file.js';

/** Longer frames are cut; libpcap reads no longer record (MAXIMUM_SNAPLEN), and the buffer must hold one. */
export const SNAPLEN = 65_536;

/**
 * Writes a classic pcap file with nanoseconds, link type Ethernet, little-endian (draft-ietf-opsawg-pcap).
 * For frames of several interfaces see PcapngWriter.
 */
export class PcapWriter {
  readonly #file: CaptureFile;
  /** Frames that could not be written. */
  dropped = 0;

  /** Creates or empties the file. @throws WireError WIRE_NOT_FOUND, WIRE_PERMISSION, WIRE_FAILED */
  constructor(path: string) {
    this.#file = new CaptureFile(path);
    const at = this.#file.reserve(24)!;
    const { view } = this.#file;
    view.setUint32(at, 0xa1b23c4d, true);
    view.setUint16(at + 4, 2, true);
    view.setUint16(at + 6, 4, true);
    view.setUint32(at + 16, SNAPLEN, true);
    view.setUint32(at + 20, 1, true);
  }

  /** Never throws. @param timeMs milliseconds since 1970, may have a fraction */
  append(frame: Uint8Array, timeMs = wallClock()): void {
    const captured = Math.min(frame.length, SNAPLEN);
    const at = this.#file.reserve(16 + captured);
    if (at === undefined) {
      this.dropped++;
      return;
    }
    const { view, bytes } = this.#file;
    const seconds = Math.floor(timeMs / 1000);
    view.setUint32(at, seconds, true);
    view.setUint32(at + 4, Math.floor((timeMs - seconds * 1000) * 1e6), true);
    view.setUint32(at + 8, captured, true);
    view.setUint32(at + 12, frame.length, true);
    bytes.set(captured === frame.length ? frame : frame.subarray(0, captured), at + 16);
  }

  /** @throws WireError WIRE_FAILED if not everything could be written */
  flush(): void {
    this.#file.flush();
  }

  /** Idempotent. @throws WireError WIRE_FAILED if not everything could be written */
  close(): void {
    this.#file.close();
  }
}
