import { wire } from '@bluebridge/memory';
import { PUNTS, RIGHTS } from '@bluebridge/templates';
import { ALICE, answer, BOB, CPU, M1, M2, request } from './frames.js';
import { describeProgram, PAGE } from './testbed.js';

const { Kind, Op } = wire;

describeProgram('to the controller', (bed) => {
  for (const [whose, node] of [
    ['the fabric', wire.ANYCAST_NODE],
    ['one server', M2.node],
    ['nobody', 0x777],
  ] as const) {
    it(`sends an ALLOC for ${whose}`, () =>
      bed().goesUp(PUNTS.ALLOC, ALICE, request({ op: Op.ALLOC, node })));
  }
  it('sends GRANT and REVOKE', () => {
    bed().goesUp(PUNTS.GRANT, ALICE, request({ op: Op.GRANT, flags: RIGHTS.READ, arg: BOB.node }));
    bed().goesUp(PUNTS.REVOKE, ALICE, request({ op: Op.REVOKE, arg: BOB.node }));
  });
  it('sends a FREE that no permission covers', () =>
    bed().goesUp(PUNTS.FREE, ALICE, request({ op: Op.FREE, pointer: 2n * PAGE })));
  it('sends a FREE of one who may only read', () =>
    bed().goesUp(PUNTS.FREE, ALICE, request({ op: Op.FREE })));
  it('sends replies to ALLOC and FREE', () => {
    bed().goesUp(PUNTS.ALLOC_REPLY, M1, answer({ op: Op.ALLOC }, new Uint8Array(16)));
    bed().goesUp(PUNTS.FREE_REPLY, M1, answer({ op: Op.FREE }, new Uint8Array(16)));
  });
  for (const [what, fields] of [
    ['a reply to READ', { op: Op.READ }],
    ['a reply to ALLOC', { op: Op.ALLOC }],
    ['a NACK', { op: Op.WRITE, kind: Kind.NACK, status: 20 }],
  ] as const) {
    it(`sends what a server answers to the fabric itself: ${what}`, () =>
      bed().goesUp(PUNTS.ANSWER, M1, answer({ client: wire.ANYCAST_NODE, ...fields })));
  }
  it('passes the FREE of an owner and the NACK of an ALLOC on', () => {
    bed().goesTo(M1, ALICE, request({ op: Op.FREE, pointer: PAGE }));
    bed().goesTo(ALICE, M1, answer({ kind: Kind.NACK, op: Op.ALLOC, status: 17 }));
  });
  it('sends what the controller says, where it says, as it is', () => {
    const frame = request({ client: BOB.node, version: 9 });
    bed().gives(CPU, Uint8Array.from([M2.port >> 1, (M2.port & 1) << 7, ...frame]), [[M2.port, frame]]);
  });
});
