import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseIpv6, parseMac } from './address.js';
import { internetChecksum, updateChecksumRange } from './checksum.js';
import { buildUdp6, parseUdp6, UDP6_OFFSET, UDP6_PAYLOAD, type Udp6Header, Udp6View } from './udp6.js';

const header: Udp6Header = {
  dstMac: parseMac('02:00:00:00:00:02'),
  srcMac: parseMac('02:00:00:00:00:01'),
  src: parseIpv6('fdbb:1::1'),
  dst: parseIpv6('fdbb:2:100::1000'),
  srcPort: 40000,
  dstPort: 5000,
};

function frameOf(payload: Uint8Array, change: Partial<Udp6Header> = {}): Uint8Array {
  const into = new Uint8Array(UDP6_PAYLOAD + payload.length);
  assert.equal(buildUdp6({ ...header, ...change }, payload, into), into.length);
  return into;
}

/** The UDP checksum by RFC 8200 section 8.1, from a pseudo-header laid out in full. */
function checksumByTheBook(frame: Uint8Array): number {
  const udp = frame.slice(54);
  udp[6] = 0;
  udp[7] = 0;
  const pseudo = new Uint8Array(40);
  pseudo.set(frame.subarray(22, 54));
  new DataView(pseudo.buffer).setUint32(32, udp.length);
  pseudo[39] = 17;
  return internetChecksum(new Uint8Array([...pseudo, ...udp]));
}

const word = (frame: Uint8Array, at: number): number => frame[at]! * 256 + frame[at + 1]!;

describe('buildUdp6', () => {
  it('writes the bytes of a known frame', () => {
    const hex = Buffer.from(
      frameOf(Uint8Array.of(0xaa, 0xbb, 0xcc), { trafficClass: 0xb8, flowLabel: 0x12345 }),
    ).toString('hex');
    assert.equal(
      hex.replace(/^(.{28})(.{80})(.{16})/, '$1 $2 $3 '),
      '02000000000202000000000186dd 6b812345000b1140fdbb0001000000000000000000000001fdbb0002010000000000000000001000 ' +
        '9c401388000bccd7 aabbcc',
    );
  });

  it('gives frames that parse back, with the checksum of the book', () => {
    fc.assert(
      fc.property(
        fc.record({
          srcMac: fc.uint8Array({ minLength: 6, maxLength: 6 }),
          dst: fc.uint8Array({ minLength: 16, maxLength: 16 }),
          srcPort: fc.nat(65535),
          dstPort: fc.nat(65535),
          hopLimit: fc.nat(255),
          flowLabel: fc.nat(0xfffff),
          trafficClass: fc.nat(255),
        }),
        fc.uint8Array({ maxLength: 1400 }),
        fc.nat(20),
        (change, payload, padding) => {
          const frame = new Uint8Array([...frameOf(payload, change), ...new Uint8Array(padding).fill(0xee)]);
          const view = new Udp6View();
          assert.equal(parseUdp6(frame, view), undefined);
          assert.deepEqual(view.payload, payload);
          assert.deepEqual(view.src, header.src);
          assert.deepEqual(view.dst, change.dst);
          assert.deepEqual(view.srcMac, change.srcMac);
          assert.deepEqual(view.dstMac, header.dstMac);
          assert.deepEqual(
            [view.srcPort, view.dstPort, view.hopLimit],
            [change.srcPort, change.dstPort, change.hopLimit],
          );
          const sum = checksumByTheBook(frame.subarray(0, view.payloadEnd));
          assert.equal(word(frame, UDP6_OFFSET.checksum), sum === 0 ? 0xffff : sum);
        },
      ),
    );
  });

  it('sends a computed checksum of zero as all ones', () => {
    const probe = frameOf(Uint8Array.of(0, 0));
    const filler = word(probe, UDP6_OFFSET.checksum);
    const frame = frameOf(Uint8Array.of(filler >> 8, filler & 0xff));
    assert.equal(checksumByTheBook(frame), 0);
    assert.equal(word(frame, UDP6_OFFSET.checksum), 0xffff);
    assert.equal(parseUdp6(frame, new Udp6View()), undefined);
  });

  it('takes a payload that is already in place', () => {
    const payload = Uint8Array.from({ length: 100 }, (_, i) => i);
    const into = new Uint8Array(200);
    into.set(payload, UDP6_PAYLOAD);
    const length = buildUdp6(header, payload.length, into);
    assert.deepEqual(into.subarray(0, length), frameOf(payload));
  });

  it('refuses what does not fit', () => {
    assert.throws(
      () => buildUdp6(header, 10, new Uint8Array(71)),
      /72 bytes does not fit into a buffer of 71/,
    );
    assert.throws(
      () => buildUdp6(header, 65528, new Uint8Array(70000)),
      /65528 bytes is too long; at most 65527/,
    );
    assert.throws(
      () => frameOf(new Uint8Array(1), { src: new Uint8Array(4) }),
      /4 bytes where 16 are needed/,
    );
  });
});

describe('parseUdp6', () => {
  const good = (): Uint8Array => frameOf(Uint8Array.from({ length: 20 }, (_, i) => i + 1));
  const withByte = (at: number, value: number): Uint8Array => {
    const frame = good();
    frame[at] = value;
    return frame;
  };
  const faults: [what: string, frame: Uint8Array, fault: string][] = [
    ['an empty frame', new Uint8Array(0), 'short'],
    ['a frame cut in its Ethernet header', good().slice(0, 13), 'short'],
    ['a frame cut in its IPv6 header', good().slice(0, 53), 'short'],
    ['another EtherType', withByte(13, 0x00), 'not-ipv6'],
    ['version 4', withByte(14, 0x45), 'not-ipv6'],
    ['a frame cut in its payload', good().slice(0, -1), 'bad-length'],
    ['an IPv6 length beyond the frame', withByte(19, 29), 'bad-length'],
    ['an IPv6 length that UDP does not share', withByte(19, 27), 'bad-length'],
    ['an IPv6 length below a UDP header, padding behind', withByte(19, 7), 'bad-length'],
    ['a UDP length below its header', withByte(59, 7), 'bad-length'],
    ['a UDP length beyond the packet', withByte(59, 29), 'bad-length'],
    ['a fragment', withByte(20, 44), 'fragment'],
    ['hop-by-hop options', withByte(20, 0), 'extension-header'],
    ['a routing header', withByte(20, 43), 'extension-header'],
    ['ICMPv6', withByte(20, 58), 'not-udp'],
    ['a flipped payload bit', withByte(70, 0x80), 'bad-checksum'],
    ['a changed address', withByte(38, 0xfe), 'bad-checksum'],
  ];
  for (const [what, frame, fault] of faults) {
    it(`refuses ${what}: ${fault}`, () => {
      const view = new Udp6View();
      const before = view.frame;
      assert.equal(parseUdp6(frame, view), fault);
      assert.equal(view.frame, before);
    });
  }

  it('refuses a checksum of zero', () => {
    const frame = good();
    frame.fill(0, UDP6_OFFSET.checksum, UDP6_OFFSET.checksum + 2);
    assert.equal(parseUdp6(frame, new Udp6View()), 'no-checksum');
  });

  it('leaves the checksum alone where asked to', () => {
    const frame = good();
    frame.set([0xaa, 0xff], UDP6_OFFSET.checksum);
    assert.equal(parseUdp6(frame, new Udp6View()), 'bad-checksum');
    assert.equal(parseUdp6(frame, new Udp6View(), false), undefined);
  });

  it('accepts a frame whose address was rewritten with an incremental checksum update', () => {
    const frame = good();
    const dst = parseIpv6('fdbb:7::42');
    const before = word(frame, UDP6_OFFSET.checksum);
    const after = updateChecksumRange(before, frame, UDP6_OFFSET.dst, dst, 0, 16);
    frame.set(dst, UDP6_OFFSET.dst);
    frame.set([after >> 8, after & 0xff], UDP6_OFFSET.checksum);
    assert.equal(parseUdp6(frame, new Udp6View()), undefined);
  });

  it('never throws and never lets the payload leave the frame, whatever comes', () => {
    const view = new Udp6View();
    const hostile = fc
      .tuple(fc.uint8Array({ maxLength: 120 }), fc.array(fc.tuple(fc.nat(61), fc.nat(255)), { maxLength: 4 }))
      .map(([tail, edits]) => {
        const frame = frameOf(tail.slice(0, 58));
        for (const [at, value] of edits) frame[at] = value;
        return tail.length > 100 ? tail : frame.slice(0, frame.length - ((tail[0] ?? 0) % 3));
      });
    fc.assert(
      fc.property(hostile, (frame) => {
        if (parseUdp6(frame, view, false) === undefined) {
          assert.equal(view.frame, frame);
          assert(view.payloadEnd <= frame.length);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
