import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { AddressError, formatIpv6, formatMac, parseIpv6, parseMac } from './address.js';

const sixteen = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Mostly zero, so that runs of zero groups come in all places and lengths.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xab), { minLength: 16, maxLength: 16 })
    .map((bytes) => Uint8Array.from(bytes)),
);

function quadAsGroups(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...quad: string[]) => {
    const [a, b, c, d] = quad.map(Number);
    return `${((a! << 8) | b!).toString(16)}:${((c! << 8) | d!).toString(16)}`;
  });
}

describe('IPv6 text', () => {
  it('formats as ipaddr.js does (RFC 5952), at any offset', () => {
    fc.assert(
      fc.property(sixteen, fc.nat(5), (bytes, offset) => {
        const room = new Uint8Array(offset + 16);
        room.set(bytes, offset);
        assert.equal(formatIpv6(room, offset), new ipaddr.IPv6([...bytes]).toRFC5952String());
      }),
      { numRuns: 1000 },
    );
  });

  it('parses what it formats and every spelling that ipaddr.js prints', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const other = new ipaddr.IPv6([...bytes]);
        for (const text of [formatIpv6(bytes), other.toNormalizedString().toUpperCase()]) {
          assert.deepEqual(parseIpv6(text), bytes);
        }
      }),
    );
  });

  it('accepts and refuses the same texts as inet_pton, with the values of ipaddr.js', () => {
    const piece = fc.constantFrom(
      ':',
      '::',
      '0',
      '1',
      'fdbb',
      'ABCD',
      '12345',
      'g',
      '1.2.3.4',
      '256.1.1.1',
      '.',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
        const text = pieces.join('');
        let found: Uint8Array | undefined;
        try {
          found = parseIpv6(text);
        } catch (error) {
          assert(error instanceof AddressError);
          assert.equal(error.code, 'ADDRESS_BAD_IPV6');
        }
        assert.equal(found !== undefined, isIPv6(text), text);
        // ipaddr.js reads ::1.2.3.4 as ::ffff:1.2.3.4, unlike RFC 4291 section 2.2: give it the quad as groups.
        if (found !== undefined) {
          assert.deepEqual([...found], ipaddr.IPv6.parse(quadAsGroups(text)).toByteArray());
        }
      }),
      { numRuns: 5000 },
    );
  });

  const refused: [text: string, says: RegExp][] = [
    ['', /it has 0 groups, not 8/],
    ['1::2::3', /"::" may stand only once/],
    ['1:2:3:4:5:6:7', /it has 7 groups, not 8/],
    ['1:2:3:4::5:6:7:8', /"::" stands for at least one group/],
    [':1:2:3:4:5:6:7', /a group is empty/],
    ['fdbb::1%eth0', /"1%eth0" is not one to four hexadecimal digits/],
    ['fdbb::12345', /"12345" is not one to four/],
    ['::1.2.3', /"1\.2\.3" is not four numbers/],
    ['::1.2.3.04', /"1\.2\.3\.04" is not four numbers/],
    ['1.2.3.4::', /a dotted quad may stand only at its end/],
    ['fdbb::/32', /"\/32" is not one to four/],
  ];
  for (const [text, says] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseIpv6(text),
        (error) => {
          assert(error instanceof AddressError);
          assert.match(error.message, says);
          assert.match(error.message, /expected a form such as fdbb:1::2/);
          return true;
        },
      );
    });
  }
});

describe('MAC text', () => {
  it('goes to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (mac) => {
        assert.deepEqual(parseMac(formatMac(mac)), mac);
        assert.deepEqual(parseMac(formatMac(mac).toUpperCase().replaceAll(':', '-')), mac);
      }),
    );
    assert.equal(formatMac(Uint8Array.of(0, 0xa0, 0x36, 0x9f, 0x45, 0xd8, 0x74), 1), 'a0:36:9f:45:d8:74');
  });

  for (const text of [
    '',
    '02:00:00:00:00',
    '02:00:00:00:00:0g',
    '2:0:0:0:0:1',
    '02:00:00:00:00:01:02',
    '02:00-00:00:00:01',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseMac(text),
        (error) => {
          assert(error instanceof AddressError);
          assert.equal(error.code, 'ADDRESS_BAD_MAC');
          assert.match(error.message, /six pairs of hexadecimal digits such as 02:00:00:00:00:01/);
          return true;
        },
      );
    });
  }
});
