const BLOCK = 1 << 16;
/** Pieces below this are copied together: many small ones would cost more memory than they hold. */
const SMALL = 1 << 14;

/** Bytes that came in pieces of any size and are taken in pieces of another. */
export class ByteQueue {
  readonly #pieces: Buffer[] = [];
  #length = 0;
  /** The rest of a block of our own whose used part ends the queue. */
  #room: Buffer = Buffer.alloc(0);
  #isOpen = false;

  get length(): number {
    return this.#length;
  }

  /** @param piece not changed by the caller any more */
  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#length += piece.length;
    if (piece.length >= SMALL) {
      this.#pieces.push(piece);
      this.#isOpen = false;
      return;
    }
    if (this.#room.length < piece.length) {
      this.#room = Buffer.allocUnsafeSlow(BLOCK);
      this.#isOpen = false;
    }
    piece.copy(this.#room);
    const copied = this.#room.subarray(0, piece.length);
    this.#room = this.#room.subarray(piece.length);
    const last = this.#isOpen ? this.#pieces.pop() : undefined;
    this.#pieces.push(last ? Buffer.from(last.buffer, last.byteOffset, last.length + copied.length) : copied);
    this.#isOpen = true;
  }

  /** The first bytes without taking them, or undefined if so many are not there. */
  peek(length: number): Buffer | undefined {
    if (length > this.#length) return undefined;
    const [first] = this.#pieces;
    if (first && first.length >= length) return first.subarray(0, length);
    const taken = this.#gather(length);
    this.#pieces.unshift(taken);
    if (this.#pieces.length === 1) this.#isOpen = false;
    return taken;
  }

  /** The first bytes, or undefined (and nothing is taken) if so many are not there. */
  take(length: number): Buffer | undefined {
    if (length > this.#length) return undefined;
    this.#length -= length;
    const [first] = this.#pieces;
    if (length === 0) return Buffer.alloc(0);
    if (first && first.length > length) {
      this.#pieces[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const taken = this.#gather(length);
    if (this.#pieces.length === 0) this.#isOpen = false;
    return taken;
  }

  /** Remove the first bytes from the pieces, as one. */
  #gather(length: number): Buffer {
    const [first] = this.#pieces;
    if (first?.length === length) return this.#pieces.shift()!;
    const all = Buffer.allocUnsafeSlow(length);
    let used = 0;
    let at = 0;
    while (at < length) {
      const piece = this.#pieces[used]!;
      const copied = piece.copy(all, at, 0, length - at);
      at += copied;
      if (copied === piece.length) used++;
      else this.#pieces[used] = piece.subarray(copied);
    }
    this.#pieces.splice(0, used);
    return all;
  }
}
