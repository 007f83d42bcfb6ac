import { wire } from '@bluebridge/memory';
import { PACKET_IN } from '@bluebridge/templates';
import { ALICE, macOf, request } from '../../switch-program/frames.js';
import type { Rig } from './rig.js';

/** A frame that left the switch: by which port, or `controller ...` with the packet-in's metadata, and its bytes. */
export type Left = readonly [by: string, bytes: string];

/** Marks the frames that only tell where an output ends: a tag that no other frame has, counted up. */
const MARKER = 0xbb00_0000;
const MARKER_TYPE = 0x88b5; // IEEE 802 local experimental EtherType

/**
 * Sends frames through a switch one by one and says what left for each. A switch tells nobody when it is done with a frame, so each is followed by
 * marker frames; order is kept from port to port, so that what left before the last marker is all there is. No waiting by the clock: BMv2 takes
 * half a millisecond or half a second, and loses nothing, as there are never more than a few frames on their way.
 */
export class Recorder {
  private left: Left[] = [];
  private marker = 0;
  /** Markers that are on their way, by what they look like. */
  private readonly awaited = new Map<string, () => void>();

  constructor(private readonly rig: Rig) {
    for (const port of rig.ports) {
      rig.wire(port).onFrames((frames) => {
        for (const frame of frames) this.saw(`port ${port}`, frame);
      });
    }
    rig.client.on('packetIn', ({ payload, metadata }) => {
      const fields = PACKET_IN.fields.map((name) => `${name} ${metadata[name]}`);
      this.saw(`controller: ${fields.join(', ')}`, payload);
    });
  }

  /** What leaves the switch for one frame, the controller's answers to it included, sorted. */
  send(port: number, frame: Uint8Array): Promise<Left[]> {
    return this.watch(() => this.rig.wire(port).send(frame), port);
  }

  /** What leaves the switch for what `act` sends: by a port, or as a packet-out. */
  async watch(act: () => unknown, port: number = ALICE.port): Promise<Left[]> {
    this.left = [];
    await act();
    // Behind the frame, by all other ports: by now the switch has decided on it, and what left by these ports has arrived.
    await this.flood(port);
    // To the controller and, as a refusal, back: by now the controller has dealt with it, if it was sent up, and the switch with the controller's answer.
    await this.overController();
    await this.flood(ALICE.port);
    return this.left.sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
  }

  private async flood(from: number): Promise<void> {
    const number = ++this.marker;
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    frame.set(macOf(from), 6);
    new DataView(frame.buffer).setUint16(12, MARKER_TYPE);
    new DataView(frame.buffer).setUint32(14, number);
    const arrivals = this.rig.ports.filter((port) => port !== from).map((port) => this.arrival(port, frame));
    this.rig.wire(from).send(frame);
    await Promise.all(arrivals);
  }

  private async overController(): Promise<void> {
    const tag = MARKER + ++this.marker;
    // Nobody owns this memory: the controller refuses.
    const frame = request({
      op: wire.Op.GRANT,
      flags: wire.Right.READ,
      arg: 2,
      pointer: 1n << 40n,
      length: 4096,
      tag,
    });
    const arrival = new Promise<void>((resolve) => this.awaited.set(`${ALICE.port} ${tag}`, resolve));
    this.rig.wire(ALICE.port).send(frame);
    await arrival;
  }

  private arrival(port: number, frame: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.awaited.set(`${port} ${hex(frame)}`, resolve));
  }

  private saw(by: string, frame: Uint8Array): void {
    const port = by.replace('port ', '');
    if (frame.length >= 86 && frame[12] === 0x86) {
      const tag = new DataView(frame.buffer, frame.byteOffset).getUint32(66);
      if (tag > MARKER && tag <= MARKER + this.marker) return this.settle(`${port} ${tag}`);
    }
    if (frame[12] === MARKER_TYPE >> 8 && frame[13] === (MARKER_TYPE & 0xff)) {
      return this.settle(`${port} ${hex(frame)}`);
    }
    this.left.push([by, hex(frame)]);
  }

  private settle(key: string): void {
    this.awaited.get(key)?.();
    this.awaited.delete(key);
  }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
