import assert from 'node:assert/strict';
import fc from 'fast-check';
import { internetChecksum } from '../checksum.js';
import {
  TP_STATUS_CSUMNOTREADY,
  TP_STATUS_USER,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
} from './linux.js';
import { RxRing, ringGeometry } from './rx-ring.js';

/** Writes into the ring what the kernel's tpacket_rcv() writes, as far as the reader looks at it. */
class Kernel {
  readonly geometry = ringGeometry(1, 60_000);
  readonly memory = new ArrayBuffer(this.geometry.blockBytes * this.geometry.blocks);
  readonly ring = new RxRing(this.memory, this.geometry);
  #slot = 0;

  /** @returns false if the reader still holds the slot */
  put(
    frame: Uint8Array,
    {
      status = 0,
      length = frame.length,
      vlan = [0, 0],
      vnet = [0],
    }: { status?: number; length?: number; vlan?: number[]; vnet?: number[] } = {},
  ): boolean {
    const at = this.#slot * this.geometry.slotBytes;
    const view = new DataView(this.memory);
    if (view.getUint32(at, true) !== 0) return false;
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, frame.length, true);
    view.setUint16(at + 12, 76, true);
    view.setUint16(at + 24, vlan[0]!, true);
    view.setUint16(at + 26, vlan[1]!, true);
    const bytes = new Uint8Array(this.memory);
    bytes.fill(0, at + 66, at + 76);
    bytes.set(vnet, at + 66);
    bytes.set(frame, at + 76);
    view.setUint32(at, TP_STATUS_USER | status, true);
    this.#slot = (this.#slot + 1) % this.geometry.slots;
    return true;
  }

  take(max = 100): Uint8Array[] {
    const frames = this.ring.take(max).map((frame) => frame.slice());
    this.ring.release();
    return frames;
  }
}

const frame = (n: number, length = 60): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + n) & 0xff);

describe('ringGeometry', () => {
  it('gives blocks of whole slots that hold the longest frame, as packet_set_ring() demands', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1 << 25 }),
        fc.integer({ min: 60, max: 65_568 }),
        (bytes, maxFrame) => {
          const { blockBytes, blocks, slotBytes, slots } = ringGeometry(bytes, maxFrame);
          assert(slotBytes >= maxFrame + 76 && slotBytes % 16 === 0);
          assert(blockBytes % 4096 === 0 && blockBytes >= slotBytes);
          assert.equal(slots, Math.floor(blockBytes / slotBytes) * blocks);
          assert(blockBytes * blocks >= bytes);
        },
      ),
    );
  });
});

describe('RxRing', () => {
  it('gives frames in order, and each slot back to the kernel only on release', () => {
    const kernel = new Kernel();
    const { slots } = kernel.geometry;
    for (let n = 0; n < slots; n++) assert(kernel.put(frame(n)));
    assert(!kernel.put(frame(99)));
    const held = kernel.ring.take(2);
    assert(!kernel.put(frame(99)));
    assert.deepEqual([...held], [frame(0), frame(1)]);
    kernel.ring.release();
    assert(kernel.put(frame(slots)));
    assert(kernel.ring.hasFrames);
    // More are asked for than there are slots: none is given twice.
    assert.deepEqual(
      kernel.take(),
      [...Array(slots - 1).keys()].map((n) => frame(n + 2)),
    );
    assert(!kernel.ring.hasFrames);
    assert.deepEqual(kernel.take(), []);
  });

  it('puts a VLAN tag back where it was', () => {
    const kernel = new Kernel();
    const tagged = (tag: number[], n: number): Uint8Array =>
      Uint8Array.from([...frame(n).subarray(0, 12), ...tag, ...frame(n).subarray(12)]);
    kernel.put(frame(1), { status: TP_STATUS_VLAN_VALID, vlan: [0x6005, 0] });
    kernel.put(frame(2), { status: TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, vlan: [0, 0x88a8] });
    kernel.put(frame(3), { vlan: [7, 0x8100] });
    assert.deepEqual(kernel.take(), [
      tagged([0x81, 0x00, 0x60, 0x05], 1),
      tagged([0x88, 0xa8, 0, 0], 2),
      frame(3),
    ]);
  });

  it('fills in a checksum that was left to offload, before it puts a tag back', () => {
    const kernel = new Kernel();
    const vnet = [1, 0, 0, 0, 0, 0, 34, 0, 6, 0];
    kernel.put(frame(1, 99), { status: TP_STATUS_CSUMNOTREADY | TP_STATUS_VLAN_VALID, vnet, vlan: [5, 0] });
    const [got] = kernel.take();
    const expected = internetChecksum(frame(1, 99), 34);
    assert.equal(new DataView(got!.buffer).getUint16(4 + 34 + 6), expected);
  });

  it('writes a checksum of zero as all ones, and none outside the frame', () => {
    const kernel = new Kernel();
    const all = new Uint8Array(60).fill(0);
    all.fill(0xff, 34, 36); // the sum of these is 0xffff, its complement zero
    kernel.put(all, { status: TP_STATUS_CSUMNOTREADY, vnet: [1, 0, 0, 0, 0, 0, 34, 0, 6, 0] });
    kernel.put(frame(2), { status: TP_STATUS_CSUMNOTREADY, vnet: [1, 0, 0, 0, 0, 0, 50, 0, 9, 0] });
    const [first, second] = kernel.take();
    assert.deepEqual([...first!.subarray(40, 42)], [0xff, 0xff]);
    assert.deepEqual(second, frame(2));
  });

  it('drops and counts frames that were cut short or left to segmentation offload', () => {
    const kernel = new Kernel();
    kernel.put(frame(1), { length: 5000 });
    kernel.put(frame(2), { vnet: [1, 4, 0, 0, 0, 0, 0, 0, 0, 0] });
    kernel.put(frame(3));
    assert.deepEqual(kernel.take(), [frame(3)]);
    assert.equal(kernel.ring.oversized, 2);
  });
});
