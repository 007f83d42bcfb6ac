import assert from 'node:assert/strict';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { type Address, decodeAddress, encodeAddress, formatAddress, parseAddress } from './address.js';

const anyAddress: fc.Arbitrary<Address> = fc.record(
  {
    prefix: fc.integer({ min: 0, max: 0xffff }),
    node: fc.integer({ min: 0, max: 0xffff }),
    op: fc.integer({ min: 0, max: 0xff }),
    flags: fc.integer({ min: 0, max: 0xff }),
    arg: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })),
    pointer: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  },
  { noNullPrototype: true },
);

describe('address', () => {
  it('writes the example of the protocol document', () => {
    const address = { prefix: 0xfdbb, node: 0x102, op: 3, pointer: 0x2000n };
    assert.equal(formatAddress(address), 'fdbb:102:300::2000');
    assert.equal(Buffer.from(encodeAddress(address)).toString('hex'), 'fdbb0102030000000000000000002000');
  });

  it('gives back every field', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        assert.deepEqual(decodeAddress(encodeAddress(address)), address);
        assert.deepEqual(parseAddress(formatAddress(address)), address);
      }),
    );
  });

  it('writes and reads the text as ipaddr.js does', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        const bytes = Array.from(encodeAddress(address));
        const text = formatAddress(address);
        assert.equal(text, new ipaddr.IPv6(bytes).toRFC5952String());
        assert.deepEqual(ipaddr.IPv6.parse(text).toByteArray(), bytes);
      }),
    );
  });

  it('decodes in the middle of a buffer', () => {
    const bytes = new Uint8Array(20);
    bytes.set(encodeAddress({ node: 7, pointer: 2n ** 64n - 1n }), 3);
    assert.deepEqual(decodeAddress(bytes, 3), {
      prefix: 0xfdbb,
      node: 7,
      op: 0,
      flags: 0,
      arg: 0,
      pointer: 2n ** 64n - 1n,
    });
    assert.throws(() => decodeAddress(bytes, 5), /an address has 16 bytes, not 15/);
  });

  it('says which field does not fit', () => {
    assert.throws(() => encodeAddress({ node: 65536 }), /node 65536 is not a whole number from 0 to 65535/);
    assert.throws(() => encodeAddress({ op: -1 }), /op -1 is not/);
    assert.throws(() => encodeAddress({ pointer: 2n ** 64n }), /does not fit 64 bits/);
  });

  it('refuses what is no IPv6 address, saying why', () => {
    assert.throws(
      () => parseAddress('fdbb:102'),
      /"fdbb:102" is not an IPv6 address: it has 2 groups, not 8/,
    );
    assert.throws(() => parseAddress('readme'), /is not an IPv6 address/);
  });
});
