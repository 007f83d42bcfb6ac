import assert from 'node:assert/strict';
import { capability, wire } from '@bluebridge/memory';
import { CAPABILITY_PUNTS, CAPABILITY_REASONS, PUNTS, REASONS } from '@bluebridge/templates';
import fc from 'fast-check';
import { ALICE, BOB, damaged, M1, M2, request, sealed } from './frames.js';
import { compiled, PAGE, Testbed } from './testbed.js';

const { Extension, Op, Right } = wire;
const { BAD_CAPABILITY, STALE_CAPABILITY } = CAPABILITY_REASONS;

const KEY = { k0: 0x0123_4567, k1: 0x89ab_cdef };
const EPOCH = 9;
/** What alice (domain 1) was granted: 64 KiB of m1 from 1 MiB on, to read. */
const CLAIM: capability.Claim = {
  node: M1.node,
  domain: 1,
  rights: Right.READ,
  start: 2 ** 20,
  range: 16,
  epoch: EPOCH,
};

/** The fields of a frame that shows a token. */
const shown = ({ rights, range, epoch, macLow, macHigh }: capability.Capability): Partial<wire.Message> => ({
  extensions: Extension.CAPABILITY,
  rights,
  range,
  keyEpoch: epoch,
  macLow,
  macHigh,
});

/** Alice's READ of 64 bytes in the range that she was granted. */
function asking(
  claim: Partial<capability.Claim> = {},
  fields: Partial<wire.Message> = {},
  payload?: Uint8Array,
): Uint8Array {
  const token = shown(capability.mint(KEY, { ...CLAIM, ...claim }));
  return request({ pointer: BigInt(CLAIM.start) + 5n * PAGE, ...token, ...fields }, payload);
}

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`the switch program, capability (${engine})`, () => {
    let bed: Testbed;
    beforeEach(() => {
      bed = new Testbed(engine, compiled({ protection: 'capability' })).key(KEY, EPOCH);
    });

    it('lets through what the token says, with no entry for the allocation', () =>
      bed.goesTo(M1, ALICE, asking()));

    it('lets through a WRITE and a TRIM under a token to write', () => {
      const claim = { rights: Right.READ | Right.WRITE };
      bed.goesTo(M1, ALICE, asking(claim, { op: Op.WRITE, length: 3 }, Uint8Array.of(1, 2, 3)));
      bed.goesTo(M1, ALICE, asking(claim, { op: Op.TRIM }));
    });

    it("lets the owner's FREE through", () =>
      bed.goesTo(M1, ALICE, asking({ rights: Right.READ | Right.WRITE | Right.OWNER }, { op: Op.FREE })));

    it('serves the whole range, and refuses the bytes in front of it and behind', () => {
      const last = BigInt(CLAIM.start) + 2n ** 16n;
      bed.goesTo(M1, ALICE, asking({}, { pointer: BigInt(CLAIM.start) }));
      bed.goesTo(M1, ALICE, asking({}, { pointer: last - 64n }));
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { pointer: BigInt(CLAIM.start) - 64n }));
      assert.notDeepEqual(bed.send(ALICE.port, asking({}, { pointer: last })), []);
      assert.equal(bed.count('refused', BAD_CAPABILITY), 2);
    });

    it('refuses a request without a token', () =>
      bed.refused(REASONS.NO_PERMISSION, ALICE, request({ pointer: BigInt(CLAIM.start) })));

    it('refuses what the token has no right for', () =>
      bed.refused(REASONS.NO_PERMISSION, ALICE, asking({}, { op: Op.TRIM })));

    it('refuses a right that was written into the token afterwards', () =>
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { op: Op.TRIM, rights: Right.READ | Right.WRITE })));

    it('refuses a range that was widened afterwards', () =>
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { range: 40 })));

    it('refuses a token that somebody has made up', () =>
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { macLow: 1 })));

    it('refuses the token of another domain, shown by another client', () => {
      // Bob has seen alice's token and replays it, as himself.
      bed.refused(BAD_CAPABILITY, BOB, asking({}, { client: BOB.node }));
    });

    it('drops the same token in the name of its owner, behind another port', () =>
      bed.dropped(REASONS.SPOOFED_SOURCE, BOB, asking()));

    it('believes no domain that a client writes into the token', () =>
      bed.refused(BAD_CAPABILITY, BOB, asking({}, { client: BOB.node, domain: CLAIM.domain })));

    it("refuses another server's token, and any for a server without a key", () => {
      bed.refused(REASONS.NO_PERMISSION, ALICE, asking({ node: M2.node }, { node: M2.node }));
      bed.key({ k0: 1, k1: 2 }, EPOCH, M2.node);
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { node: M2.node }));
    });

    it('refuses every token of an epoch that is over, and takes new ones at once', () => {
      bed.key(KEY, EPOCH + 1);
      bed.refused(STALE_CAPABILITY, ALICE, asking());
      bed.goesTo(M1, ALICE, asking({ epoch: EPOCH + 1 }));
    });

    it('refuses an old token whose epoch was rewritten', () => {
      bed.key(KEY, EPOCH + 1);
      bed.refused(BAD_CAPABILITY, ALICE, asking({}, { keyEpoch: EPOCH + 1 }));
    });

    it('sends a client that asks for a token to the controller', () =>
      bed.goesUp(CAPABILITY_PUNTS.CAPABILITY, ALICE, request({ op: Op.CAPABILITY, length: 0 })));

    it('sends a FREE that no token covers to the controller, for it may be a repetition', () =>
      bed.goesUp(PUNTS.FREE, ALICE, asking({}, { op: Op.FREE })));

    it('lets no client give a server a key, nor speak for the controller', () => {
      bed.refused(REASONS.BAD_OPERATION, ALICE, request({ op: Op.KEY, length: 8 }, new Uint8Array(8)));
      bed.dropped(
        REASONS.SPOOFED_SOURCE,
        ALICE,
        request({ op: Op.KEY, client: wire.ANYCAST_NODE, length: 8 }, new Uint8Array(8)),
      );
    });

    it('refuses headers that it does not know, behind which it would not find its own', () =>
      bed.refused(REASONS.BAD_VERSION, ALICE, sealed(damaged(request(), [73, 0x80]))));

    it('drops a frame that ends within its token', () =>
      bed.dropped(REASONS.MALFORMED, ALICE, asking().subarray(0, 86 + 15)));

    it('tells the log of a forged token who showed it where', () => {
      bed.send(ALICE.port, asking({}, { macHigh: 1 }));
      assert.deepEqual(
        bed.digests.map(({ values }) => values),
        [[BigInt(BAD_CAPABILITY), 3n, 1n, BigInt(Op.READ), BigInt(M1.node), BigInt(CLAIM.start) + 5n * PAGE]],
      );
    });

    it('computes the hash that servers make tokens with, and forgives no difference', () => {
      const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
      const claim = fc.record({
        range: fc.integer({ min: 12, max: 40 }),
        epoch: fc.integer({ min: 0, max: 0xffff }),
        start: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
      });
      const off = fc.constantFrom(
        'nothing',
        'macLow',
        'macHigh',
        'range',
        'rights',
        'domain',
        'node',
      ) as fc.Arbitrary<string>;
      fc.assert(
        fc.property(
          u32,
          u32,
          claim,
          off,
          fc.integer({ min: 1, max: 0xff }),
          (k0, k1, { range, epoch, start }, off, by) => {
            const key = { k0, k1 };
            bed.key(key, epoch);
            const pointer = Number(start) - (Number(start) % 4096);
            const of = { node: M1.node, domain: 1, rights: Right.READ | Right.WRITE, range, epoch };
            const wrong = { ...of, start: capability.startOf(pointer, range) };
            if (off === 'domain' || off === 'node') wrong[off] ^= by;
            const token = capability.mint(key, wrong);
            const fields = shown(token);
            if (off === 'macLow') fields.macLow = (token.macLow ^ by) >>> 0;
            if (off === 'macHigh') fields.macHigh = (token.macHigh ^ by) >>> 0;
            if (off === 'range') fields.range = range + by > 255 ? range - 1 : range + by;
            if (off === 'rights') fields.rights = Right.READ;
            const [left] = bed.send(ALICE.port, request({ pointer: BigInt(pointer), ...fields }));
            assert.equal(left?.[0], off === 'nothing' ? M1.port : ALICE.port);
          },
        ),
        { numRuns: 200 },
      );
    });
  });
}
