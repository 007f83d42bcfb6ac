import { wire } from '@bluebridge/memory';
import type { Fabric } from '@bluebridge/templates';
import { pageAddress } from './rig.js';

/** What clients ask: `read` are requests of a page's bytes (86 bytes each), `write` the chunks of whole pages. */
export type Load = 'read' | 'write';

/**
 * Requests of the fabric's first client for the first `pages` of its own pages on the first server: what the client would send, but that
 * tags count frames, from 0, so that a receiver knows which frame it sees.
 */
export function requests(fabric: Fabric, load: Load, pages: number): Uint8Array[] {
  const [client] = fabric.clients;
  const [server] = fabric.servers;
  const to = wire.macBytes(fabric.switches[0]!.mac);
  const from = wire.macBytes(client!.mac);
  const { pageSize, mtu } = fabric;
  const chunk = wire.chunkBytes(mtu);
  const chunks = load === 'read' ? 1 : wire.chunkCount(pageSize, chunk);
  const count = pages * chunks;
  const content = Uint8Array.from({ length: pageSize }, (_, i) => (i * 7) ^ (i >> 8));
  return Array.from({ length: count }, (_, tag) => {
    const message = new wire.Message();
    message.prefix = fabric.prefix;
    message.node = server!.node;
    message.client = client!.node;
    message.clientPort = 50_000;
    message.op = load === 'read' ? wire.Op.READ : wire.Op.WRITE;
    message.pointer = pageAddress(pageSize, Math.floor(tag / chunks), 0, fabric.clients.length);
    message.tag = tag;
    message.length = pageSize;
    message.chunk = tag % chunks;
    message.chunks = chunks;
    message.offset = load === 'read' ? 0 : message.chunk * chunk;
    const payload = load === 'read' ? undefined : content.subarray(message.offset, message.offset + chunk);
    return wire.encodeFrame(message, to, from, payload, fabric.udpPort);
  });
}

const HOP_LIMIT = 21;
const TAG = 14 + 40 + 8 + 4;

/** A request as the server must get it: MAC addresses rewritten, one hop less, all else as it was sent. */
export function routed(fabric: Fabric, frame: Uint8Array): Uint8Array {
  const expected = frame.slice();
  expected.set(wire.macBytes(fabric.servers[0]!.mac), 0);
  expected.set(wire.macBytes(fabric.switches[0]!.mac), 6);
  expected[HOP_LIMIT]!--;
  return expected;
}

/** Counts frames and compares every one with what it has to be. */
export class Inspector {
  frames = 0;
  /** Frames that are none of the expected ones. */
  wrong = 0;
  private readonly expected: readonly Buffer[];

  constructor(expected: readonly Uint8Array[]) {
    this.expected = expected.map((frame) => Buffer.from(frame));
  }

  readonly look = (frames: readonly Uint8Array[]): void => {
    for (const frame of frames) {
      const tag = (frame[TAG + 2]! << 8) | frame[TAG + 3]!;
      if (this.expected[tag]?.equals(frame)) this.frames++;
      else this.wrong++;
    }
  };
}
