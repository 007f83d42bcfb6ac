import { wire } from '@bluebridge/memory';
import { PUNTS, REASONS, RIGHTS } from '@bluebridge/templates';
import {
  ALICE,
  answer,
  BOB,
  damaged,
  type Host,
  M1,
  M2,
  macOf,
  nackOf,
  request,
  routed,
  sealed,
} from './frames.js';

const { Kind, Op } = wire;
export const PAGE = 4096n;
/** What alice may do: read the first page of m1, everything on the second, read the third, whose home is m2 now. */
export const MIGRATED = 2n * PAGE;
const FREE_PAGE = 8n * PAGE;

/** A frame and what has to come of it. */
export interface Vector {
  readonly name: string;
  readonly from: Host;
  readonly frame: Uint8Array;
  /** The ports that it leaves by, and as what. */
  readonly leaves: readonly (readonly [port: number, frame: Uint8Array])[];
  /** The cause with which it goes to the controller, whose answers are compared between the switches. */
  readonly cause?: number;
}

type Make = (name: string, frame: Uint8Array, from?: Host) => Vector;
const drop: Make = (name, frame, from = ALICE) => ({ name, from, frame, leaves: [] });
const refuse =
  (reason: number): Make =>
  (name, frame, from = ALICE) => ({ name, from, frame, leaves: [[from.port, nackOf(frame, reason)]] });
const go =
  (to: Host, rewritten = false): Make =>
  (name, frame, from = ALICE) => ({
    name,
    from,
    frame,
    leaves: [[to.port, routed(frame, to.node, rewritten)]],
  });
const up =
  (cause: number): Make =>
  (name, frame, from = ALICE) => ({ name, from, frame, leaves: [], cause });
const asItIs =
  (...ports: number[]): Make =>
  (name, frame, from = ALICE) => ({ name, from, frame, leaves: ports.map((port) => [port, frame] as const) });

const bytes = (...list: number[]) => Uint8Array.from(list);
const body = Uint8Array.from({ length: 60 }, (_, i) => i);
const ethernet = (to: Uint8Array, from: Uint8Array, type: number) =>
  bytes(...to, ...from, type >> 8, type & 0xff, ...body);
const neighbourSolicitation = () => {
  const frame = damaged(request({ client: BOB.node }), [20, 58]);
  frame.set([0x33, 0x33, 0xff, 0, 0, 1]);
  return frame;
};
const otherUdp = () => {
  const frame = damaged(request(), [54, 9], [55, 9], [56, 8], [57, 8]);
  frame.set(macOf(BOB.node));
  return frame;
};

/** Every branch of the program (docs/protocol.md), a frame or more for each. */
export const vectors = (): Vector[] => [
  go(M1)('READ with the right', request()),
  go(M1)('READ of a whole page', request({ length: 4096 })),
  go(M1)('READ of the last byte', request({ pointer: 4095n, length: 1 })),
  go(M1)('WRITE with the right', request({ op: Op.WRITE, pointer: PAGE, length: 3 }, bytes(1, 2, 3))),
  go(M1)(
    'WRITE of a damaged payload',
    damaged(request({ op: Op.WRITE, pointer: PAGE, length: 2 }, bytes(1, 2)), [86, 9]),
  ),
  go(M1)('TRIM with the right', request({ op: Op.TRIM, pointer: PAGE })),
  go(M1)('FREE of the owner', request({ op: Op.FREE, pointer: PAGE, length: 0 })),
  go(M2, true)('READ of a migrated page', request({ pointer: MIGRATED })),
  refuse(REASONS.NO_PERMISSION)('READ of what nobody may', request({ pointer: FREE_PAGE })),
  refuse(REASONS.NO_PERMISSION)(
    'WRITE where only reading is allowed',
    request({ op: Op.WRITE, length: 3 }, bytes(1, 2, 3)),
  ),
  refuse(REASONS.NO_PERMISSION)('TRIM where only reading is allowed', request({ op: Op.TRIM })),
  refuse(REASONS.NO_PERMISSION)('READ of another domain', request({ client: BOB.node }), BOB),
  refuse(REASONS.NO_PERMISSION)(
    'READ at the top of the address space',
    request({ pointer: 0xffff_ffff_ffff_f000n }),
  ),
  refuse(REASONS.NO_ROUTE)('READ of a node that is nowhere', request({ node: 0x777 })),
  refuse(REASONS.NO_ROUTE)('a destination outside the prefix', sealed(damaged(request(), [39, 0xbc]))),
  refuse(REASONS.CROSSES_PAGE)('READ over the end of a page', request({ pointer: 1n, length: 4096 })),
  refuse(REASONS.CROSSES_PAGE)('READ of nothing', request({ length: 0 })),
  refuse(REASONS.CROSSES_PAGE)('READ of everything', request({ pointer: 4095n, length: 0xffff_ffff })),
  ...[0, 5, 7, 11, 255].map((op) => refuse(REASONS.BAD_OPERATION)(`operation ${op}`, request({ op }))),
  refuse(REASONS.BAD_OPERATION)('a request of a server', request({ client: M1.node, node: M2.node }), M1),
  refuse(REASONS.BAD_VERSION)('version 2', request({ version: 2 })),
  ...[0, 4, 255].map((kind) => drop(`kind ${kind}`, sealed(damaged(request(), [63, kind])))),
  drop("another node's name", request({ client: BOB.node })),
  drop('a node behind another port', request(), BOB),
  drop('a source outside the prefix', sealed(damaged(request(), [23, 0xbc]))),
  drop("another server's reply", answer({ node: M2.node }), M1),
  drop('a reply of a client', answer({ node: ALICE.node, client: BOB.node })),
  drop('a NACK of a client', answer({ kind: Kind.NACK, node: ALICE.node, client: BOB.node })),
  drop('an answer for nobody', answer({ client: 0x777 }), M1),
  ...[0, 1].map((limit) => drop(`hop limit ${limit}`, damaged(request(), [21, limit]))),
  refuse(REASONS.NO_PERMISSION)(
    'hop limit 0, refused before',
    damaged(request({ pointer: FREE_PAGE }), [21, 0]),
  ),
  drop('no UDP checksum', damaged(request(), [60, 0], [61, 0])),
  ...[20, 53, 54, 61, 62, 70, 85].map((length) =>
    drop(`cut short at ${length} bytes`, request().slice(0, length)),
  ),
  go(ALICE)('a reply to READ', answer({}, bytes(1, 2, 3)), M1),
  go(ALICE)('a reply of 1400 bytes', answer({}, new Uint8Array(1400).fill(0xa5)), M1),
  go(ALICE)('a NACK of a server', answer({ kind: Kind.NACK, op: Op.ALLOC, status: 17 }), M1),
  up(PUNTS.ALLOC)(
    'ALLOC for the fabric',
    request({ op: Op.ALLOC, node: wire.ANYCAST_NODE, length: 8192, tag: 11 }),
  ),
  up(PUNTS.ALLOC)(
    'ALLOC for the fabric, again',
    request({ op: Op.ALLOC, node: wire.ANYCAST_NODE, length: 8192, tag: 11 }),
  ),
  up(PUNTS.ALLOC)('ALLOC for one server', request({ op: Op.ALLOC, node: M2.node, length: 4096, tag: 12 })),
  up(PUNTS.ALLOC)('ALLOC for nobody', request({ op: Op.ALLOC, node: 0x777, length: 4096, tag: 13 })),
  up(PUNTS.GRANT)(
    'GRANT',
    request({ op: Op.GRANT, flags: RIGHTS.READ, arg: BOB.node, length: 4096, tag: 14 }),
  ),
  up(PUNTS.REVOKE)('REVOKE', request({ op: Op.REVOKE, arg: BOB.node, length: 4096, tag: 15 })),
  up(PUNTS.FREE)(
    'FREE without a permission',
    request({ op: Op.FREE, pointer: FREE_PAGE, length: 0, tag: 16 }),
  ),
  up(PUNTS.FREE)('FREE of who may only read', request({ op: Op.FREE, length: 0, tag: 17 })),
  up(PUNTS.ALLOC_REPLY)(
    'a reply to ALLOC without a stamp',
    answer({ op: Op.ALLOC, length: 4096, tag: 18 }),
    M1,
  ),
  up(PUNTS.FREE_REPLY)('a reply to FREE without a stamp', answer({ op: Op.FREE, length: 4096, tag: 19 }), M1),
  asItIs(1, 2, 4)('ARP', ethernet(new Uint8Array(6).fill(0xff), macOf(ALICE.node), 0x0806)),
  asItIs(2, 3, 4)('an unknown station', ethernet(macOf(0x999), macOf(M1.node), 0x0800), M1),
  asItIs(1, 2, 3)('neighbour solicitation', neighbourSolicitation(), BOB),
  asItIs(4)('IPv4 to a known station', ethernet(macOf(BOB.node), macOf(ALICE.node), 0x0800)),
  asItIs(4)('IPv6 to another UDP port', otherUdp()),
  asItIs()('a frame to its own port', ethernet(macOf(ALICE.node), macOf(ALICE.node), 0x0800)),
  asItIs(
    1,
    2,
    4,
  )('a frame of an Ethernet header only', ethernet(macOf(0x999), macOf(ALICE.node), 0x88b6).slice(0, 14)),
];
