import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Coherence, Extension, Kind, Op, Reason } from './constants.js';
import { DEFECTS, type Defect, decodeFrame } from './decode.js';
import { describeDefect } from './describe.js';
import { encodeFrame, FrameWriter } from './encode.js';
import { macBytes } from './mac.js';
import { Message } from './message.js';

const TO = macBytes('02:00:00:00:01:02');
const FROM = macBytes('02:00:00:00:00:01');

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

const anyMessage = fc
  .record({
    node: u16,
    op: u8,
    flags: u8,
    arg: u16,
    pointerHigh: u32,
    pointerLow: u32,
    client: u16,
    clientPort: u16,
    kind: fc.constantFrom(Kind.REQUEST, Kind.REPLY, Kind.NACK),
    status: u8,
    hint: u8,
    tag: u32,
    epoch: u16,
    attempt: u8,
    chunk: u16,
    chunks: u16,
    length: u32,
    offset: u32,
  })
  .map((fields) => Object.assign(new Message(), fields));

const anyCoherent = fc
  .tuple(
    anyMessage,
    fc.record({
      kind: fc.constantFrom(Kind.REQUEST, Kind.REPLY, Kind.NACK, Kind.PROBE),
      generation: u32,
      number: u32,
      bitmapLow: u32,
      bitmapHigh: u32,
      requester: u16,
      requesterPort: u16,
      requesterTag: u32,
      requesterEpoch: u16,
      requesterIndex: u8,
      region: u8,
      coherence: u8,
    }),
  )
  .map(([message, fields]) => Object.assign(message, fields, { extensions: Extension.COHERENCE }));

const capability = {
  rights: u8,
  range: u8,
  keyEpoch: u16,
  domain: u16,
  macLow: u32,
  macHigh: u32,
};
const anyCapable = fc
  .tuple(fc.oneof(anyMessage, anyCoherent), fc.record(capability))
  .map(([message, fields]) =>
    Object.assign(message, fields, { extensions: message.extensions | Extension.CAPABILITY }),
  );

function request(fields: Partial<Message> = {}): Message {
  return Object.assign(
    new Message(),
    { node: 0x102, op: Op.READ, client: 1, clientPort: 50001, length: 64 },
    fields,
  );
}

/** The checksum as RFC 1071 states it, slowly, from a pseudo-header of its own (RFC 8200 §8.1). */
function checksumIsRight(frame: Uint8Array): boolean {
  const udp = frame.subarray(54);
  const pseudo = [...frame.subarray(22, 54), 0, 0, udp.length >> 8, udp.length & 0xff, 0, 0, 0, 17, ...udp];
  if (pseudo.length % 2 === 1) pseudo.push(0);
  let sum = 0;
  for (let i = 0; i < pseudo.length; i += 2) {
    sum += pseudo[i]! * 256 + pseudo[i + 1]!;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum === 0xffff;
}

/** Set the right checksum again after bytes were changed, so that the next check is reached. */
function fixChecksum(frame: Uint8Array): Uint8Array {
  for (let sum = 1; sum <= 0xffff; sum++) {
    frame[60] = sum >> 8;
    frame[61] = sum & 0xff;
    if (checksumIsRight(frame)) return frame;
  }
  throw new Error('no checksum fits');
}

describe('frame', () => {
  it('puts every byte where the protocol document says', () => {
    const message = request({ pointer: 0x2000n, tag: 0x01020304, attempt: 5, length: 4096 });
    const frame = encodeFrame(message, TO, FROM);
    assert.equal(
      Buffer.from(frame).toString('hex'),
      [
        '020000000102020000000001',
        '86dd',
        '6000000000201140',
        'fdbb0001000000000000000000000000',
        'fdbb0102030000000000000000002000',
        'c35113880020',
        Buffer.from(frame.subarray(60, 62)).toString('hex'),
        '01010000',
        '01020304',
        '00000500',
        '00000001',
        '00001000',
        '00000000',
      ].join(''),
    );
    assert.ok(checksumIsRight(frame));
  });

  it('gives back every field and the payload, with a right checksum', () => {
    fc.assert(
      fc.property(anyMessage, fc.uint8Array({ maxLength: 300 }), (message, payload) => {
        const frame = encodeFrame(message, TO, FROM, payload);
        assert.ok(checksumIsRight(frame));
        const decoded = new Message();
        assert.equal(decodeFrame(frame, decoded), undefined);
        assert.deepEqual(decoded.payload(frame), payload);
        Object.assign(message, { payloadStart: 86, payloadLength: payload.length });
        assert.deepEqual(decoded, message);
      }),
    );
  });

  it('puts a capability in front of the coherence header, and gives both back', () => {
    const fields = {
      rights: 1,
      range: 2,
      keyEpoch: 0x0304,
      domain: 0x0506,
      macLow: 0x090a0b0c,
      macHigh: 0x0d0e0f10,
    };
    const extensions = Extension.CAPABILITY | Extension.COHERENCE;
    const frame = encodeFrame(request({ ...fields, extensions, generation: 0xaabbccdd }), TO, FROM);
    assert.equal(frame[73], 3);
    const hex = Buffer.from(frame.subarray(86)).toString('hex');
    assert.equal(hex.slice(0, 40), '010203040506000009' + '0a0b0c0d0e0f10aabbccdd');
    fc.assert(
      fc.property(anyCapable, fc.uint8Array({ maxLength: 40 }), (message, payload) => {
        const decoded = new Message();
        const whole = encodeFrame(message, TO, FROM, payload);
        assert.equal(decodeFrame(whole, decoded), undefined);
        assert.deepEqual(decoded.payload(whole), payload);
        Object.assign(message, { payloadStart: decoded.payloadStart, payloadLength: payload.length });
        assert.deepEqual(decoded, message);
      }),
    );
  });

  it('puts every byte of the coherence header where its document says', () => {
    const message = request({
      kind: Kind.PROBE,
      op: Op.GETM,
      pointer: 0x2000n,
      clientPort: 5001,
      extensions: Extension.COHERENCE,
      generation: 0x01020304,
      number: 0x05060708,
      bitmapHigh: 0x090a0b0c,
      bitmapLow: 0x0d0e0f10,
      requester: 0x1112,
      requesterPort: 0x1314,
      requesterTag: 0x15161718,
      requesterEpoch: 0x191a,
      requesterIndex: 0x1b,
      region: 0x1c,
      coherence: Coherence.KEEP | Coherence.EXCLUSIVE,
    });
    const frame = encodeFrame(message, TO, FROM, Uint8Array.of(0xaa));
    assert.equal(
      Buffer.from(frame.subarray(22, 58)).toString('hex').slice(0, 32),
      'fdbb0102110000000000000000002000',
    );
    assert.deepEqual([...frame.subarray(54, 58)], [0x13, 0x88, 0x13, 0x89]);
    assert.equal(frame[63], 4);
    assert.equal(frame[73], 2);
    assert.equal(
      Buffer.from(frame.subarray(86)).toString('hex'),
      '0102030405060708090a0b0c0d0e0f1011121314151617181 91a1b1c84000000aa'.replace(' ', ''),
    );
    assert.match(
      String(message),
      /PROBE GETM.*grant 16909060\.84281096, requester 0x1112 tag \d+, EXCLUSIVE KEEP$/,
    );
  });

  it('gives back every field of a coherence message', () => {
    fc.assert(
      fc.property(anyCoherent, fc.uint8Array({ maxLength: 300 }), (message, payload) => {
        const frame = encodeFrame(message, TO, FROM, payload);
        assert.ok(checksumIsRight(frame));
        const decoded = new Message();
        assert.equal(decodeFrame(frame, decoded), undefined);
        assert.deepEqual(decoded.payload(frame), payload);
        Object.assign(message, { payloadStart: 118, payloadLength: payload.length });
        assert.deepEqual(decoded, message);
        const answer = new Message().answer(message, Kind.REPLY);
        for (const field of ['generation', 'number', 'requesterTag', 'bitmapLow', 'coherence'] as const) {
          assert.equal(answer[field], message[field]);
        }
        answer.clearCoherence();
        const empty = Object.assign(new Message().answer(message, Kind.REPLY), {
          ...{ generation: 0, number: 0, bitmapLow: 0, bitmapHigh: 0, requester: 0, requesterPort: 0 },
          ...{ requesterTag: 0, requesterEpoch: 0, requesterIndex: 0, region: 0, coherence: 0 },
        });
        assert.deepEqual(answer, empty);
      }),
    );
  });

  it('decodes at any position in memory', () => {
    const frame = encodeFrame(request(), TO, FROM, new Uint8Array(33).fill(9));
    for (let shift = 0; shift < 8; shift++) {
      const moved = new Uint8Array(new ArrayBuffer(256), shift, frame.length);
      moved.set(frame);
      assert.equal(decodeFrame(moved, new Message()), undefined);
    }
  });

  it('sends 0xffff for a checksum that comes out as zero', () => {
    const message = request();
    const frame = encodeFrame(message, TO, FROM, new Uint8Array(2));
    const sum = 0xffff - ((frame[60]! << 8) | frame[61]!);
    const payload = Uint8Array.of((0xffff - sum) >> 8, (0xffff - sum) & 0xff);
    const zero = encodeFrame(message, TO, FROM, payload);
    assert.deepEqual([zero[60], zero[61]], [0xff, 0xff]);
    assert.equal(decodeFrame(zero, new Message()), undefined);
  });

  it('writes the same frames whatever was written before', () => {
    const writer = new FrameWriter({ maxFrame: 400 });
    fc.assert(
      fc.property(
        fc.oneof(anyMessage, anyCoherent),
        fc.uint8Array({ maxLength: 280 }),
        (message, payload) => {
          assert.deepEqual(writer.write(message, TO, FROM, payload), encodeFrame(message, TO, FROM, payload));
        },
      ),
    );
    assert.throws(
      () => writer.write(request(), TO, FROM, new Uint8Array(315)),
      /401 bytes does not fit the 400/,
    );
  });

  it('takes any traffic class, flow label and hop limit', () => {
    const frame = encodeFrame(request(), TO, FROM);
    frame.set([0x6f, 0xff, 0xff, 0xff], 14);
    frame[21] = 1;
    assert.equal(decodeFrame(frame, new Message()), undefined);
  });

  it('keeps 64-bit pointers exact', () => {
    const message = new Message();
    for (const pointer of [0n, 2n ** 32n - 1n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
      message.pointer = pointer;
      assert.equal(message.pointer, pointer);
    }
    message.offsetInNode = 2 ** 53 - 1;
    assert.equal(message.pointer, 2n ** 53n - 1n);
    assert.equal(message.offsetInNode, 2 ** 53 - 1);
  });

  it('turns a request round into its refusal', () => {
    const asked = request({ tag: 77, attempt: 3, pointer: 0x5000n, length: 128, arg: 9, flags: 1 });
    const nack = new Message().refuse(asked, Reason.BUSY, 20);
    assert.deepEqual(
      nack,
      Object.assign(new Message(), asked, { kind: Kind.NACK, status: Reason.BUSY, hint: 20 }),
    );
    assert.match(String(nack), /NACK READ BUSY, node 0x102 at 0x5000, 128 bytes, client 0x1, tag 77/);
  });
});

describe('a frame that is wrong', () => {
  type Case = [Defect, string, (frame: Uint8Array) => Uint8Array, RegExp];
  const set =
    (at: number, ...bytes: number[]) =>
    (frame: Uint8Array) => {
      frame.set(bytes, at);
      return at < 54 || at >= 62 ? fixChecksum(frame) : frame;
    };
  const cases: Case[] = [
    ['NOT_PROTOCOL', 'IPv4', set(12, 0x08, 0x00), /ordinary traffic/],
    ['NOT_PROTOCOL', 'a VLAN tag', set(12, 0x81, 0x00), /ordinary traffic/],
    ['NOT_PROTOCOL', 'a hop-by-hop header', set(20, 0), /ordinary traffic/],
    ['NOT_PROTOCOL', 'a fragment', set(20, 44), /ordinary traffic/],
    ['NOT_PROTOCOL', 'another port', set(56, 0, 53), /port 5000/],
    ['SHORT_FRAME', 'ten bytes', (frame) => frame.subarray(0, 10), /has 10 bytes and needs at least 86/],
    ['SHORT_FRAME', 'an end inside IPv6', (frame) => frame.subarray(0, 40), /has 40 bytes/],
    ['SHORT_FRAME', 'an end inside UDP', (frame) => frame.subarray(0, 60), /has 60 bytes/],
    [
      'SHORT_FRAME',
      'an end inside the payload',
      (f) => f.subarray(0, 100),
      /has 100 bytes and needs at least 118/,
    ],
    ['BAD_IP_VERSION', 'IP version 4', set(14, 0x45), /says IP version 4/],
    ['LENGTH_MISMATCH', 'UDP shorter than IPv6', set(58, 0, 40), /IPv6 payload 64, UDP 40, in the frame 64/],
    ['LENGTH_MISMATCH', 'bytes behind the packet', (frame) => Uint8Array.of(...frame, 0), /in the frame 65/],
    [
      'SHORT_HEADER',
      'half a header',
      (frame) => {
        frame.set([0, 20], 18);
        frame.set([0, 20], 58);
        return frame.subarray(0, 74);
      },
      /UDP carries 12 bytes and they need 24/,
    ],
    [
      'SHORT_HEADER',
      'half a coherence header',
      () => encodeFrame(request(), TO, FROM, new Uint8Array(20)).map((b, i) => (i === 73 ? 2 : b)),
      /UDP carries 44 bytes and they need 56/,
    ],
    ['NO_CHECKSUM', 'checksum zero', set(60, 0, 0), /RFC 8200/],
    ['BAD_CHECKSUM', 'a changed checksum', set(60, 0x12, 0x34), /checksum 0x1234/],
    ['BAD_PREFIX', 'a foreign destination', set(38, 0xfe, 0x80), /destination 0xfe80::\/16, expected 0xfdbb/],
    ['BAD_PREFIX', 'a foreign source', set(22, 0x20, 0x01), /source 0x2001/],
    ['BAD_VERSION', 'version 2', set(62, 2), /version 2, expected 1/],
    ['BAD_KIND', 'kind 5', set(63, 5), /kind 5, expected 1 \(request\)/],
    ['BAD_DIRECTION', 'a request from the port', set(54, 0x13, 0x88, 0xc3, 0x51), /5000 to 50001/],
    ['BAD_CLIENT_ADDRESS', 'a source with an op', set(26, 3), /must be zero/],
    ['BAD_CLIENT_ADDRESS', 'a source with a pointer', set(37, 1), /must be zero/],
    ['BAD_RESERVED', 'a header that is unknown', set(73, 8), /byte 11 of the header is 8/],
    [
      'BAD_RESERVED',
      'a reserved byte of the capability',
      () => {
        const frame = encodeFrame(request({ extensions: Extension.CAPABILITY }), TO, FROM);
        frame[93] = 4;
        return fixChecksum(frame);
      },
      /reserved bytes of the capability are 0 4/,
    ],
    [
      'BAD_RESERVED',
      'a reserved byte of the coherence header',
      () => {
        const frame = encodeFrame(request({ extensions: Extension.COHERENCE }), TO, FROM);
        frame[116] = 9;
        return fixChecksum(frame);
      },
      /reserved bytes of the coherence header are 0 9 0/,
    ],
  ];
  for (const [defect, what, change, text] of cases) {
    it(`${defect}: ${what}`, () => {
      const whole = encodeFrame(request(), TO, FROM, new Uint8Array(32).fill(7));
      let frame = change(whole);
      if (defect === 'BAD_DIRECTION' || defect === 'SHORT_HEADER') frame = fixChecksum(frame);
      assert.equal(decodeFrame(frame, new Message()), defect);
      assert.match(describeDefect(defect, frame), text);
    });
  }

  it('every defect has a case here', () => {
    assert.deepEqual([...new Set(cases.map(([defect]) => defect))].sort(), [...DEFECTS].sort());
  });

  it('never throws and never takes a flipped bit behind the MAC addresses for a right frame', () => {
    fc.assert(
      fc.property(
        anyMessage,
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(),
        fc.nat(7),
        (message, payload, at, bit) => {
          const frame = encodeFrame(message, TO, FROM, payload);
          const position = 22 + (at % (frame.length - 22));
          frame[position]! ^= 1 << bit;
          assert.notEqual(decodeFrame(frame, new Message()), undefined);
        },
      ),
    );
  });

  it('never throws on random bytes and cut frames', () => {
    fc.assert(
      fc.property(anyMessage, fc.uint8Array({ maxLength: 200 }), fc.nat(300), (message, noise, cut) => {
        const frame = encodeFrame(message, TO, FROM, noise).subarray(0, cut);
        const short = decodeFrame(frame, new Message());
        if (cut < 86 + noise.length)
          assert.ok(short !== undefined && describeDefect(short, frame).length > 0);
        const defect = decodeFrame(noise, new Message());
        assert.ok(defect !== undefined && describeDefect(defect, noise).length > 0);
      }),
    );
  });
});
