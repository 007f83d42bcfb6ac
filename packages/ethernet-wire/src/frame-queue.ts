/**
 * A bounded FIFO of frames that copies what is pushed into one flat slab, so that a frame costs a memcpy and no
 * allocation. Two slabs take turns: the views that `take` returns stay valid until the next `take`, while pushes fill
 * the other slab. A view is reused when the same place holds a frame of the same length again, which is
 * the common case on a busy wire (creating a typed array costs more than copying 1,500 bytes).
 */
export class FrameQueue {
  #filling: Slab;
  #draining: Slab;
  readonly #maxFrames: number;
  readonly #maxBytes: number;

  /**
   * @param maxFrames how many frames may wait
   * @param maxBytes how many bytes may wait; one frame is always taken, however long
   */
  constructor(maxFrames: number, maxBytes: number) {
    this.#maxFrames = maxFrames;
    this.#maxBytes = maxBytes;
    this.#filling = new Slab();
    this.#draining = new Slab();
  }

  get length(): number {
    return this.#filling.frames.length;
  }

  /** Copy `frame` in. @returns false if the queue is full. */
  push(frame: Uint8Array): boolean {
    const slab = this.#filling;
    const { length } = slab.frames;
    if (length >= this.#maxFrames) return false;
    if (length > 0 && slab.used + frame.length > this.#maxBytes) return false;
    slab.append(frame);
    return true;
  }

  /** Everything that waits, in order. The array and its frames are valid until the next call of `take`. */
  take(): readonly Uint8Array[] {
    const full = this.#filling;
    this.#filling = this.#draining;
    this.#draining = full;
    this.#filling.reset();
    return full.frames;
  }

  clear(): void {
    this.#filling.reset();
  }
}

const FIRST_SLAB = 64 * 1024;
/** Frames start on a cache line of their own, which also makes equal lengths fall on equal places. */
const ALIGN = 64;

class Slab {
  #bytes = new Uint8Array(FIRST_SLAB);
  #views: Uint8Array[] = [];
  used = 0;
  frames: Uint8Array[] = [];

  append(frame: Uint8Array): void {
    const { length } = frame;
    const offset = this.used;
    if (offset + length > this.#bytes.length) this.#grow(offset + length);
    const index = this.frames.length;
    let view = this.#views[index];
    if (view === undefined || view.length !== length || view.byteOffset !== offset) {
      view = this.#bytes.subarray(offset, offset + length);
      this.#views[index] = view;
    }
    view.set(frame);
    this.frames.push(view);
    this.used = (offset + length + ALIGN - 1) & -ALIGN;
  }

  reset(): void {
    this.used = 0;
    this.frames.length = 0;
  }

  #grow(atLeast: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, atLeast));
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#views = [];
    for (const [i, old] of this.frames.entries()) {
      const view = bytes.subarray(old.byteOffset, old.byteOffset + old.length);
      this.#views[i] = view;
      this.frames[i] = view;
    }
  }
}
