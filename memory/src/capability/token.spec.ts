import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Claim, decodeCapability, encodeCapability, isGenuine, mint, startOf } from './token.js';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const key = fc.record({ k0: u32, k1: u32 });
const claim: fc.Arbitrary<Claim> = fc
  .record({
    node: u16,
    domain: u16,
    rights: fc.integer({ min: 1, max: 7 }),
    address: fc.maxSafeNat(),
    range: fc.integer({ min: 12, max: 52 }),
    epoch: u16,
  })
  .map(({ address, ...rest }) => ({ ...rest, start: startOf(address, rest.range) }));

describe('capability', () => {
  it('is genuine for its claim, and for no other', () => {
    fc.assert(
      fc.property(key, claim, claim, (k, made, other) => {
        const token = mint(k, made);
        assert.ok(isGenuine(k, made, token));
        for (const field of ['node', 'domain', 'rights', 'start', 'range', 'epoch'] as const) {
          if (made[field] === other[field]) continue;
          assert.ok(!isGenuine(k, { ...made, [field]: other[field] }, token), field);
        }
        assert.ok(!isGenuine({ ...k, k0: (k.k0 ^ 1) >>> 0 }, made, token));
      }),
    );
  });

  it('survives the wire', () => {
    fc.assert(
      fc.property(key, claim, (k, made) => {
        const token = mint(k, made);
        assert.deepEqual(decodeCapability(encodeCapability(token)), token);
      }),
    );
    assert.equal(decodeCapability(new Uint8Array(15)), undefined);
  });
});
