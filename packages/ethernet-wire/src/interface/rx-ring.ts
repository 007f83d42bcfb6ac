import { foldSum, onesComplementSum } from '../checksum.js';
import {
  ETH_P_8021Q,
  TP_STATUS_CSUMNOTREADY,
  TP_STATUS_KERNEL,
  TP_STATUS_USER,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
  VIRTIO_NET_HDR_F_NEEDS_CSUM,
  VNET_HEADER,
} from './linux.js';

/** The geometry that PACKET_RX_RING is asked for: blocks of memory, each cut into slots of one frame. */
export interface RingGeometry {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly slotBytes: number;
  readonly slots: number;
}

/**
 * In front of a frame stand tpacket2_hdr and sockaddr_ll (52 bytes), the link header's 16 bytes aligned to 16, and the
 * virtio_net_hdr: at most 96 bytes (Documentation/networking/packet_mmap.rst).
 */
const SLOT_OVERHEAD = 96;
const CACHE_LINE = 64;

/** @param ringBytes about how much memory, @param maxFrame the longest frame in bytes */
export function ringGeometry(ringBytes: number, maxFrame: number): RingGeometry {
  const slotBytes = (maxFrame + SLOT_OVERHEAD + CACHE_LINE - 1) & -CACHE_LINE;
  // A block is physically contiguous; 256 KiB is still easy to find, and a power of two of pages as the kernel wants.
  let blockBytes = 1 << 18;
  while (blockBytes < slotBytes) blockBytes *= 2;
  const blocks = Math.max(1, Math.ceil(ringBytes / blockBytes));
  return { blockBytes, blocks, slotBytes, slots: Math.floor(blockBytes / slotBytes) * blocks };
}

/**
 * The reading side of a TPACKET_V2 ring: pure, over any ArrayBuffer of that shape.
 *
 * Each slot begins with tpacket2_hdr: status u32 @0, length u32 @4, captured u32 @8, offset of the frame u16 @12, VLAN TCI
 * u16 @24, VLAN TPID u16 @26. A slot is ours while TP_STATUS_USER is set and the kernel's once we store
 * TP_STATUS_KERNEL; both sides order their other accesses around that word, hence Atomics.
 */
export class RxRing {
  readonly #status: Int32Array;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  /** Byte offset of each slot, to spare a division a frame. */
  readonly #offsets: Uint32Array;
  readonly #batch: Uint8Array[] = [];
  /** The last view of each slot: traffic has few lengths, and to make a view costs more than to hand a frame out. */
  readonly #views: (Uint8Array | undefined)[];
  #next = 0;
  /** How many slots the last `take` holds. */
  #held = 0;
  /** Frames thrown away because they were cut short or were segmentation-offload frames; see `take`. */
  oversized = 0;

  constructor(memory: ArrayBuffer, geometry: RingGeometry) {
    this.#status = new Int32Array(memory);
    this.#words = new Uint32Array(memory);
    this.#halves = new Uint16Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#views = new Array<Uint8Array | undefined>(geometry.slots).fill(undefined);
    const perBlock = geometry.slots / geometry.blocks;
    this.#offsets = Uint32Array.from(
      { length: geometry.slots },
      (_, slot) => Math.floor(slot / perBlock) * geometry.blockBytes + (slot % perBlock) * geometry.slotBytes,
    );
  }

  get hasFrames(): boolean {
    return (Atomics.load(this.#status, this.#offsets[this.#next]! >> 2) & TP_STATUS_USER) !== 0;
  }

  /**
   * The frames that wait, at most `max`, as views of the ring. They are good until `release`.
   *
   * Frames are made whole as they would be on a cable: a VLAN tag that the kernel moved to the slot header goes back in,
   * and a checksum that the sender left to its (virtual) hardware is filled in. A frame longer than the slot, or one
   * that the sender left to the hardware to cut up (TSO), never was a frame on a cable: it is dropped and counted.
   */
  take(max: number): readonly Uint8Array[] {
    const batch = this.#batch;
    let count = 0;
    let slot = this.#next;
    let held = 0;
    const most = Math.min(max, this.#offsets.length);
    while (held < most) {
      const offset = this.#offsets[slot]!;
      const status = Atomics.load(this.#status, offset >> 2);
      if ((status & TP_STATUS_USER) === 0) break;
      const frame = this.#frameAt(slot, offset, status);
      if (frame === undefined) this.oversized++;
      else batch[count++] = frame;
      held++;
      slot = slot + 1 === this.#offsets.length ? 0 : slot + 1;
    }
    this.#held = held;
    batch.length = count;
    return batch;
  }

  /** Give the slots of the last `take` back to the kernel. */
  release(): void {
    for (; this.#held > 0; this.#held--) {
      Atomics.store(this.#status, this.#offsets[this.#next]! >> 2, TP_STATUS_KERNEL);
      this.#next = this.#next + 1 === this.#offsets.length ? 0 : this.#next + 1;
    }
  }

  #frameAt(slot: number, offset: number, status: number): Uint8Array | undefined {
    const length = this.#words[(offset >> 2) + 1]!;
    const captured = this.#words[(offset >> 2) + 2]!;
    let start = offset + this.#halves[(offset >> 1) + 6]!;
    const end = start + captured;
    if (captured < length || this.#bytes[start - VNET_HEADER + 1] !== 0) return undefined;
    if ((status & TP_STATUS_CSUMNOTREADY) !== 0) this.#fillChecksum(start, end);
    if ((status & TP_STATUS_VLAN_VALID) !== 0) {
      start = this.#restoreTag(
        start,
        (status & TP_STATUS_VLAN_TPID_VALID) !== 0 ? this.#halves[(offset >> 1) + 13]! : ETH_P_8021Q,
        this.#halves[(offset >> 1) + 12]!,
      );
    }
    const known = this.#views[slot];
    if (known !== undefined && known.byteOffset === start && known.length === end - start) return known;
    const view = this.#bytes.subarray(start, end);
    this.#views[slot] = view;
    return view;
  }

  /**
   * Finish what the sender left to checksum offload, as skb_checksum_help() does. virtio_net_hdr stands right before the
   * frame: flags u8, gso_type u8, hdr_len u16, gso_size u16, csum_start u16, csum_offset u16. The checksum field
   * already holds the sum of the pseudo-header.
   */
  #fillChecksum(start: number, end: number): void {
    const bytes = this.#bytes;
    const header = start - VNET_HEADER;
    if ((bytes[header]! & VIRTIO_NET_HDR_F_NEEDS_CSUM) === 0) return;
    const from = start + (bytes[header + 6]! | (bytes[header + 7]! << 8));
    const field = from + (bytes[header + 8]! | (bytes[header + 9]! << 8));
    if (field + 2 > end) return;
    const sum = ~foldSum(onesComplementSum(bytes, from, end)) & 0xffff;
    const checksum = sum === 0 ? 0xffff : sum;
    bytes[field] = checksum >> 8;
    bytes[field + 1] = checksum;
  }

  /** Move the two MAC addresses four bytes to the front, over the virtio_net_hdr, and write the tag behind them. */
  #restoreTag(start: number, tpid: number, tci: number): number {
    const bytes = this.#bytes;
    const moved = start - 4;
    bytes.copyWithin(moved, start, start + 12);
    bytes[moved + 12] = tpid >> 8;
    bytes[moved + 13] = tpid;
    bytes[moved + 14] = tci >> 8;
    bytes[moved + 15] = tci;
    return moved;
  }
}
