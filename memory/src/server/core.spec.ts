import assert from 'node:assert/strict';
import { CLIENT_MAC, CoreRig, type Heard, SERVER_MAC } from '../testing/core-rig.js';
import { pattern } from '../testing/expect.js';
import {
  ANYCAST_NODE,
  decodeStamp,
  encodeFrame,
  Kind,
  Message,
  Op,
  Reason,
  reasonName,
} from '../wire/index.js';

function reasons(heard: Heard[]): (string | undefined)[] {
  return heard.map(({ message }) => (message.kind === Kind.NACK ? reasonName(message.status) : 'REPLY'));
}

describe('server: allocation', () => {
  it('gives power-of-two ranges, aligned, that read zero, with a stamp', () => {
    const rig = new CoreRig();
    const [heard] = rig.ask({ op: Op.ALLOC, length: 5000, node: ANYCAST_NODE, tag: 9, attempt: 2 });
    const { message, payload, to } = heard!;
    assert.deepEqual(
      [message.kind, message.node, message.offsetInNode, message.length, message.tag, message.attempt],
      [Kind.REPLY, 0x102, 0, 8192, 9, 2],
    );
    assert.deepEqual([message.client, message.clientPort], [1, 50001]);
    assert.deepEqual(to, CLIENT_MAC);
    assert.deepEqual(decodeStamp(payload), { incarnation: 1234n, generation: 1n });
    assert.deepEqual(rig.read(4096, 4096), new Uint8Array(4096));
    assert.equal(rig.alloc(4096), 8192);
  });

  it('answers a repetition as before, with the first stamp, and takes no more memory', () => {
    const rig = new CoreRig();
    const [first] = rig.ask({ op: Op.ALLOC, length: 4096, tag: 9 });
    rig.alloc(4096);
    const [again] = rig.ask({ op: Op.ALLOC, length: 4096, tag: 9, attempt: 1 });
    assert.equal(again!.message.offsetInNode, first!.message.offsetInNode);
    assert.equal(again!.message.attempt, 1);
    assert.deepEqual(again!.payload, first!.payload);
    assert.equal(rig.core.allocator.allocations, 2);
    assert.equal(rig.core.counters.repeated, 1);
  });

  it('refuses what does not fit, and goes on refusing that request when memory is free again', () => {
    const rig = new CoreRig({ capacity: 8192 });
    const start = rig.alloc(8192);
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 4096, tag: 5 })), ['NO_MEMORY']);
    rig.ask({ op: Op.FREE, offsetInNode: start });
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 4096, tag: 5 })), ['NO_MEMORY']);
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 4096, tag: 6 })), ['REPLY']);
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 0 })), ['BAD_LENGTH']);
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 2 ** 31 + 1 })), ['BAD_LENGTH']);
  });

  it('frees once, says how much, and tells a stranger pointer from a repetition', () => {
    const rig = new CoreRig();
    const start = rig.alloc(8192);
    const [heard] = rig.ask({ op: Op.FREE, offsetInNode: start, tag: 50 });
    assert.equal(heard!.message.length, 8192);
    assert.deepEqual(decodeStamp(heard!.payload), { incarnation: 1234n, generation: 2n });
    assert.equal(rig.alloc(8192), start);
    const [again] = rig.ask({ op: Op.FREE, offsetInNode: start, tag: 50 });
    assert.deepEqual(again!.payload, heard!.payload);
    assert.equal(rig.core.allocator.allocations, 1, 'the new owner keeps it');
    assert.deepEqual(reasons(rig.ask({ op: Op.FREE, offsetInNode: start + 4096 })), ['NOT_ALLOCATED']);
    assert.deepEqual(reasons(rig.ask({ op: Op.FREE, pointer: 2n ** 64n - 4096n })), ['NOT_ALLOCATED']);
  });

  it('zeroes memory before it is used again', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    rig.write(start, pattern(4096));
    rig.ask({ op: Op.FREE, offsetInNode: start });
    assert.equal(rig.alloc(4096), start);
    assert.deepEqual(rig.read(start, 4096), new Uint8Array(4096));
  });

  it('does not commit its capacity', () => {
    const rig = new CoreRig({ capacity: 64 * 2 ** 30 });
    const start = rig.alloc(2 ** 31);
    assert.equal(rig.core.slabs.committedBytes, 0);
    rig.write(start + 2 ** 30, pattern(100));
    assert.equal(rig.core.slabs.committedBytes, 1 << 20);
  });
});

describe('server: reading and writing', () => {
  it('gives back what was written, in chunks that fit the MTU', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    assert.deepEqual(reasons(rig.write(start, pattern(4096))), ['REPLY']);
    const heard = rig.ask({ op: Op.READ, offsetInNode: start, length: 4096, attempt: 7 });
    assert.deepEqual(
      heard.map(({ message: m, payload }) => [
        m.chunk,
        m.chunks,
        m.offset,
        m.length,
        m.attempt,
        payload.length,
      ]),
      [
        [0, 3, 0, 4096, 7, 1424],
        [1, 3, 1424, 4096, 7, 1424],
        [2, 3, 2848, 4096, 7, 1248],
      ],
    );
    assert.deepEqual(rig.read(start, 4096), pattern(4096));
    assert.deepEqual(rig.read(start + 4000, 96), pattern(4096).subarray(4000));
  });

  it('carries out a WRITE only when all chunks are there, then at once', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    const [a, b, c] = rig.writeFrames(start, pattern(4096));
    assert.deepEqual(rig.frame(c!), []);
    assert.deepEqual(rig.frame(a!), []);
    assert.deepEqual(rig.frame(a!), []);
    assert.deepEqual(rig.read(start, 4096), new Uint8Array(4096));
    assert.deepEqual(reasons(rig.frame(b!)), ['REPLY']);
    assert.deepEqual(rig.read(start, 4096), pattern(4096));
    assert.equal(rig.core.staging.size, 0);
  });

  it('carries out a WRITE and a TRIM once, however often they come', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    const first = rig.writeFrames(start, pattern(64, 1));
    rig.frame(first[0]!);
    rig.write(start, pattern(64, 2));
    assert.deepEqual(reasons(rig.frame(first[0]!)), ['REPLY']);
    assert.deepEqual(rig.read(start, 64), pattern(64, 2));

    const trim = { op: Op.TRIM, offsetInNode: start + 8, length: 8, tag: 900 };
    assert.deepEqual(reasons(rig.ask(trim)), ['REPLY']);
    assert.deepEqual(rig.read(start + 8, 8), new Uint8Array(8));
    assert.deepEqual(rig.read(start + 16, 8), pattern(64, 2).subarray(16, 24));
    rig.write(start, pattern(64, 3));
    assert.deepEqual(reasons(rig.ask(trim)), ['REPLY']);
    assert.deepEqual(rig.read(start, 64), pattern(64, 3));
  });

  it('never writes staged chunks into memory that has changed hands', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    const frames = rig.writeFrames(start, pattern(4096));
    rig.frame(frames[0]!);
    rig.frame(frames[1]!);
    rig.ask({ op: Op.FREE, offsetInNode: start });
    assert.equal(rig.alloc(4096, { client: 2 }), start);
    assert.deepEqual(rig.frame(frames[2]!), [], 'one chunk of three');
    assert.deepEqual(rig.read(start, 4096), new Uint8Array(4096));
  });

  it('says BUSY with a hint when too much is staged, and takes the WRITE later', () => {
    const rig = new CoreRig({ staging: { bytes: 4096, bytesPerClient: 4096, maxAge: 100 } });
    const start = rig.alloc(8192);
    rig.frame(rig.writeFrames(start, pattern(4096))[0]!);
    const second = rig.writeFrames(start + 4096, pattern(4096), { tag: 77 });
    const [busy] = rig.frame(second[0]!);
    assert.deepEqual([busy!.message.status, busy!.message.hint], [Reason.BUSY, 20]);
    rig.now += 101;
    assert.deepEqual(reasons(second.flatMap((frame) => rig.frame(frame))), ['REPLY']);
    assert.equal(rig.core.staging.expired, 1);
  });

  it('answers a tag it had to forget with STALE', () => {
    const rig = new CoreRig({ answers: { answersPerClient: 2, clients: 4, maxAge: 60_000 } });
    const start = rig.alloc(4096, { tag: 1 });
    for (const tag of [2, 3, 4]) rig.write(start, pattern(8, tag), { tag });
    assert.deepEqual(reasons(rig.write(start, pattern(8, 2), { tag: 2 })), ['STALE']);
    assert.deepEqual(rig.read(start, 8), pattern(8, 4));
  });

  it('says BUSY to a client that it has no room to remember', () => {
    const rig = new CoreRig({ answers: { answersPerClient: 2, clients: 1, maxAge: 60_000 } });
    const start = rig.alloc(4096);
    assert.deepEqual(reasons(rig.ask({ op: Op.ALLOC, length: 4096, client: 2 })), ['BUSY']);
    assert.deepEqual(rig.read(start, 8, { client: 2 }), new Uint8Array(8));
  });
});

describe('server: what it refuses', () => {
  type Case = [string, Partial<Message>, Uint8Array | undefined, string];
  const eight = new Uint8Array(8);
  const cases: Case[] = [
    ['a READ of nothing', { op: Op.READ, length: 0 }, undefined, 'BAD_LENGTH'],
    ['a READ of more than a page', { op: Op.READ, length: 4097 }, undefined, 'BAD_LENGTH'],
    ['a READ over a page boundary', { op: Op.READ, pointerLow: 4090, length: 8 }, undefined, 'CROSSES_PAGE'],
    [
      'a READ behind the allocation',
      { op: Op.READ, pointerLow: 8192, length: 8 },
      undefined,
      'OUT_OF_BOUNDS',
    ],
    ['a READ at 2^63', { op: Op.READ, pointerHigh: 0x8000_0000, length: 8 }, undefined, 'OUT_OF_BOUNDS'],
    [
      'a READ at the very end',
      { op: Op.READ, pointer: 2n ** 64n - 8n, length: 8 },
      undefined,
      'OUT_OF_BOUNDS',
    ],
    ['a READ with a payload', { op: Op.READ, length: 8 }, eight, 'BAD_LENGTH'],
    ['a READ in chunks', { op: Op.READ, length: 8, chunks: 2 }, undefined, 'BAD_LENGTH'],
    ['a WRITE of nothing', { op: Op.WRITE, length: 0 }, undefined, 'BAD_LENGTH'],
    ['a WRITE without payload', { op: Op.WRITE, length: 8 }, undefined, 'BAD_LENGTH'],
    ['a WRITE with less than it says', { op: Op.WRITE, length: 9 }, eight, 'BAD_LENGTH'],
    ['a WRITE with more than it says', { op: Op.WRITE, length: 7 }, eight, 'BAD_LENGTH'],
    ['a WRITE of four gigabytes', { op: Op.WRITE, length: 0xffff_ffff, chunks: 65535 }, eight, 'BAD_LENGTH'],
    ['a WRITE chunk off its place', { op: Op.WRITE, length: 16, chunks: 2, offset: 8 }, eight, 'BAD_LENGTH'],
    ['a WRITE over a page boundary', { op: Op.WRITE, pointerLow: 4092, length: 8 }, eight, 'CROSSES_PAGE'],
    ['a WRITE behind the allocation', { op: Op.WRITE, pointerLow: 8192, length: 8 }, eight, 'OUT_OF_BOUNDS'],
    ['a TRIM of nothing', { op: Op.TRIM, length: 0 }, undefined, 'BAD_LENGTH'],
    [
      'a TRIM behind the allocation',
      { op: Op.TRIM, pointerLow: 8192, length: 8 },
      undefined,
      'OUT_OF_BOUNDS',
    ],
    ['an ALLOC with a payload', { op: Op.ALLOC, length: 8 }, eight, 'BAD_LENGTH'],
    ['a FREE with a payload', { op: Op.FREE }, eight, 'BAD_LENGTH'],
    ['a GRANT, which is for the controller', { op: Op.GRANT, length: 4096 }, undefined, 'BAD_OPERATION'],
    ['a REVOKE, which is for the controller', { op: Op.REVOKE, length: 4096 }, undefined, 'BAD_OPERATION'],
    ['operation 0', { op: 0 }, undefined, 'BAD_OPERATION'],
    ['operation 200', { op: 200 }, undefined, 'BAD_OPERATION'],
    ['version 9', { op: Op.READ, version: 9 }, undefined, 'BAD_VERSION'],
    ['kind 0 to its port', { op: Op.READ, kind: 0 }, undefined, 'BAD_VERSION'],
  ];
  for (const [what, fields, payload, reason] of cases) {
    it(`${what}: ${reason}`, () => {
      const rig = new CoreRig();
      rig.alloc(8192);
      rig.write(0, pattern(4096));
      // A kind that is none travels as a request does: that is turned round by hand, because an encoder would not.
      const kind = fields.kind ?? Kind.REQUEST;
      const bytes = rig.build({ ...fields, kind: Kind.REQUEST }, payload);
      if (kind !== Kind.REQUEST) {
        const sum = ((bytes[60]! << 8) | bytes[61]!) + Kind.REQUEST - kind;
        bytes.set([(sum >> 8) & 0xff, sum & 0xff], 60);
        bytes[63] = kind;
      }
      const heard = rig.frame(bytes);
      assert.deepEqual(reasons(heard), [reason]);
      assert.equal(rig.core.counters.nacks[reason as 'BUSY'], 1);
      assert.equal(heard[0]!.message.op, fields.op);
      assert.deepEqual(heard[0]!.payload.length, 0);
      assert.deepEqual(rig.read(0, 4096), pattern(4096));
    });
  }

  it('frames for others, answers, and frames that are none are counted and not answered', () => {
    const rig = new CoreRig();
    const { counters } = rig.core;
    const message = Object.assign(new Message(), { node: 0x102, op: Op.READ, client: 1, length: 8 });
    const group = Uint8Array.from(CLIENT_MAC);
    group[0] = 0xff;
    assert.deepEqual(rig.frame(encodeFrame(message, CLIENT_MAC, CLIENT_MAC)), []);
    assert.deepEqual(rig.frame(encodeFrame(message, SERVER_MAC, group)), []);
    assert.equal(counters.foreign, 2);
    assert.deepEqual(rig.ask({ node: 0x103, op: Op.READ, length: 8 }), []);
    assert.deepEqual(rig.ask({ node: ANYCAST_NODE, op: Op.READ, length: 8 }), []);
    assert.equal(counters.otherNode, 2);
    for (const kind of [Kind.REPLY, Kind.NACK])
      assert.deepEqual(rig.ask({ op: Op.READ, length: 8, kind }), []);
    assert.equal(counters.notRequests, 2);
    const good = rig.build({ op: Op.READ, length: 8 });
    assert.deepEqual(rig.frame(good.subarray(0, 70)), []);
    good[84]! ^= 1;
    assert.deepEqual(rig.frame(good), []);
    assert.deepEqual([counters.defects.SHORT_FRAME, counters.defects.BAD_CHECKSUM], [1, 1]);
    assert.equal(counters.frames, 8);
  });
});
