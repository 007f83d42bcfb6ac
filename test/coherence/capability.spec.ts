import assert from 'node:assert/strict';
import { capability, wire } from '@bluebridge/memory';
import { CAPABILITY_REASONS, REASONS } from '@bluebridge/templates';
import { clientOf, HOME } from './fabric.js';
import { answers, asks, from } from './messages.js';
import { CoherentSwitch, compiled } from './switch.js';

const { Coherence, Extension, Kind, Op, Right } = wire;
const KEY = { k0: 0x1111_2222, k1: 0x3333_4444 };
const EPOCH = 3;
const alice = clientOf(0);
const bob = clientOf(40);

/** Everybody is of domain 1 here; the token is for the home's first page. */
function token(rights: number): Partial<wire.Message> {
  const claim = { node: HOME.node, domain: 1, rights, start: 0, range: 12, epoch: EPOCH };
  const { macLow, macHigh } = capability.mint(KEY, claim);
  const extensions = Extension.CAPABILITY | Extension.COHERENCE;
  return { extensions, rights, range: 12, keyEpoch: EPOCH, macLow, macHigh };
}

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`coherence under capabilities (${engine})`, () => {
    let bed: CoherentSwitch;
    beforeEach(() => {
      bed = new CoherentSwitch(engine, 'msi', compiled('msi', 'capability')).key(KEY, EPOCH).cached();
    });

    it('grants a page to whom a token gives it', () => {
      const [sent, ...rest] = bed.send(alice.port, asks(alice, 'GETM', 1, token(Right.READ | Right.WRITE)));
      assert.deepEqual([sent?.port, sent?.message.requesterIndex, rest], [HOME.port, alice.index, []]);
      assert.equal(bed.registers().owner, BigInt(alice.index + 1));
    });

    it('leaves the directory alone when it refuses: no token, no right, a token made up', () => {
      const before = bed.registers();
      for (const [fields, reason] of [
        [{}, REASONS.NO_PERMISSION],
        [token(Right.READ), REASONS.NO_PERMISSION],
        [{ ...token(Right.READ | Right.WRITE), macLow: 7 }, CAPABILITY_REASONS.BAD_CAPABILITY],
        [{ ...token(Right.READ | Right.WRITE), keyEpoch: 2 }, CAPABILITY_REASONS.STALE_CAPABILITY],
      ] as const) {
        const [nack] = bed.send(alice.port, asks(alice, 'GETM', 1, fields));
        assert.deepEqual(
          [nack?.port, nack?.message.kind, nack?.message.status],
          [alice.port, Kind.NACK, reason],
        );
      }
      assert.deepEqual(bed.registers(), before);
      assert.equal(bed.digests.length, 4);
    });

    it('takes what a probed client writes back without a token: it may have lost its right since', () => {
      bed.send(alice.port, asks(alice, 'GETM', 1, token(Right.READ | Right.WRITE)));
      bed.wait(50); // alice's lock runs out
      const [probe] = bed.send(bob.port, asks(bob, 'GETS', 1, token(Right.READ)));
      assert.deepEqual([probe?.port, probe?.message.kind], [alice.port, Kind.PROBE]);
      const frame = answers(
        alice,
        'WRITEBACK',
        probe!.message,
        { coherence: Coherence.FORWARD },
        new Uint8Array(64),
      );
      const [home] = bed.send(alice.port, frame);
      assert.deepEqual([home?.port, home?.message.op], [HOME.port, Op.WRITEBACK]);
    });

    it('finds its own header behind the token', () => {
      bed.send(
        alice.port,
        asks(alice, 'GETM', 1, { ...token(Right.READ | Right.WRITE), requester: 0x666, bitmapLow: ~0 >>> 0 }),
      );
      const [home] = bed.send(
        alice.port,
        asks(alice, 'GETM', 1, { ...token(Right.READ | Right.WRITE), requester: 0x666 }),
      );
      assert.deepEqual([home?.message.requester, home?.message.bitmapLow], [alice.node, 0]);
    });
  });

  describe(`headers in front of the coherence header (${engine})`, () => {
    it('are refused where tokens are not known: a client could hide what it says of itself behind them', () => {
      const bed = new CoherentSwitch(engine).allow(Right.READ).cached();
      const [nack] = bed.send(alice.port, from(alice, Op.GETS, token(Right.READ)));
      assert.deepEqual(
        [nack?.port, nack?.message.kind, nack?.message.status],
        [alice.port, Kind.NACK, REASONS.BAD_VERSION],
      );
      assert.equal(bed.registers().number, 0n);
    });
  });
}
