import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from './index.js';

const sixteen = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Mostly zeros, so that every place of `::` comes up.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
    .map((bytes) => Uint8Array.from(bytes)),
);

describe('IPv6 addresses', () => {
  it('are written as RFC 5952 says, and as ipaddr.js does', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        assert.equal(formatIpv6(bytes), new ipaddr.IPv6([...bytes]).toRFC5952String());
      }),
      { numRuns: 2000 },
    );
  });

  it('are read back from what was written, and from every other form of the same address', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const peer = new ipaddr.IPv6([...bytes]);
        for (const text of [
          formatIpv6(bytes),
          peer.toNormalizedString(),
          peer.toNormalizedString().toUpperCase(),
        ]) {
          assert.deepEqual(parseIpv6(text), bytes, text);
        }
      }),
    );
  });

  it('agree with Node and with ipaddr.js on what is an address', () => {
    const piece = fc.constantFrom(':', '::', '0', '1', 'ff', 'fdbb', '00001', 'g', '1.2.3.4', '.', '/');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 18 }), (pieces) => {
        const text = pieces.join('');
        assert.equal(parseIpv6(text) !== undefined, isIPv6(text), text);
        // ipaddr.js takes ::1.2.3.4 for ::ffff:1.2.3.4, so it is no peer for addresses with dots.
        if (isIPv6(text) && !text.includes('.')) {
          assert.deepEqual(parseIpv6(text), Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray()), text);
        }
      }),
      { numRuns: 5000 },
    );
  });

  const valid: [string, string][] = [
    ['::', '::'],
    ['::1', '::1'],
    ['fdbb:102::', 'fdbb:102::'],
    ['FDBB:0102:0:0:0:0:0:0', 'fdbb:102::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ];
  for (const [text, canonical] of valid) {
    it(`reads ${text}`, () => assert.equal(formatIpv6(parseIpv6(text)!), canonical));
  }
  for (const text of [
    '',
    ':',
    ':::',
    '1',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    ':1::',
    '1:',
    '12345::',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1.2.3',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:8::',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseIpv6(text), undefined));
  }
});

describe('IPv4 and MAC addresses', () => {
  it('are read back from what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        assert.deepEqual(parseMac(formatMac(bytes)), bytes);
        assert.deepEqual(parseMac(formatMac(bytes).replaceAll(':', '-').toUpperCase()), bytes);
        assert.deepEqual(parseIpv4(formatIpv4(bytes.subarray(0, 4))), bytes.slice(0, 4));
        assert.equal(formatIpv4(bytes.subarray(0, 4)), new ipaddr.IPv4([...bytes.subarray(0, 4)]).toString());
      }),
    );
  });

  it('are refused when they are not whole', () => {
    for (const text of ['1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', ''])
      assert.equal(parseIpv4(text), undefined, text);
    for (const text of [
      'aa:bb:cc:dd:ee',
      'aa:bb:cc:dd:ee:ff:00',
      'aa:bb-cc:dd:ee:ff',
      'aabbccddeeff',
      'ag:bb:cc:dd:ee:ff',
    ]) {
      assert.equal(parseMac(text), undefined, text);
    }
  });
});
