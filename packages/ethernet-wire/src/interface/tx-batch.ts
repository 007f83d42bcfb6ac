import { VNET_HEADER } from './linux.js';

/** sizeof(struct mmsghdr) and sizeof(struct iovec) on 64-bit Linux. */
const MMSGHDR = 64;
const IOVEC = 16;

/** How many bytes of memory a batch of `slots` frames needs. */
export function txBatchBytes(slots: number, maxFrame: number): number {
  return slots * (MMSGHDR + IOVEC + slotBytes(maxFrame));
}

function slotBytes(maxFrame: number): number {
  return (maxFrame + VNET_HEADER + 63) & -64;
}

/**
 * Frames that wait for sendmmsg, in memory laid out once: an array of mmsghdr, each with one iovec, each with a slot
 * for one frame behind an all-zero virtio_net_hdr ("nothing to offload"). To queue a frame is a copy and a length.
 * The slots form a circle, so that what the kernel did not take yet may stay where it is.
 */
export class TxBatch {
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #iovecs: number;
  readonly #frames: number;
  readonly #slot: number;
  #head = 0;
  /** How many frames wait. */
  count = 0;

  /** @param memory zeroed, of `txBatchBytes`, @param address where it is mapped */
  constructor(
    memory: ArrayBuffer,
    private readonly address: bigint,
    readonly slots: number,
    maxFrame: number,
  ) {
    this.#bytes = new Uint8Array(memory);
    this.#words = new Uint32Array(memory);
    this.#slot = slotBytes(maxFrame);
    this.#iovecs = slots * MMSGHDR;
    this.#frames = this.#iovecs + slots * IOVEC;
    const pointers = new BigUint64Array(memory, 0, this.#frames / 8);
    for (let i = 0; i < slots; i++) {
      const iovec = this.#iovecs + i * IOVEC;
      pointers[(i * MMSGHDR) / 8 + 2] = address + BigInt(iovec); // msg_iov
      pointers[(i * MMSGHDR) / 8 + 3] = 1n; // msg_iovlen
      pointers[iovec / 8] = address + BigInt(this.#frames + i * this.#slot); // iov_base
    }
  }

  get full(): boolean {
    return this.count === this.slots;
  }

  push(frame: Uint8Array): void {
    let slot = this.#head + this.count;
    if (slot >= this.slots) slot -= this.slots;
    this.#bytes.set(frame, this.#frames + slot * this.#slot + VNET_HEADER);
    this.#words[(this.#iovecs + slot * IOVEC + 8) >> 2] = frame.length + VNET_HEADER; // iov_len
    this.count++;
  }

  /** Address of the first waiting mmsghdr. */
  get first(): bigint {
    return this.#head === 0 ? this.address : this.address + BigInt(this.#head * MMSGHDR);
  }

  /** How many waiting frames follow each other in memory from `first`. */
  get contiguous(): number {
    return Math.min(this.count, this.slots - this.#head);
  }

  /** Forget the first `n` frames. @returns how many bytes of frames they were */
  shift(n: number): number {
    let bytes = 0;
    for (let i = 0; i < n; i++) {
      bytes += this.#words[(this.#iovecs + (this.#head + i) * IOVEC + 8) >> 2]! - VNET_HEADER;
    }
    this.#head += n;
    this.count -= n;
    if (this.#head === this.slots || this.count === 0) this.#head = 0;
    return bytes;
  }
}
