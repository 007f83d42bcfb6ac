import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { COHERENCE_REASONS, RIGHTS } from '@bluebridge/templates';
import { type Client, CPU, clientOf, HOME } from './fabric.js';
import { answers, asks, from, fromController, homeReplies } from './messages.js';
import { CoherentSwitch, GENERATION, REGISTERS, type Sent, SLOT } from './switch.js';

const { Coherence, Kind, Op } = wire;
const { BUSY, STALE_EPOCH } = COHERENCE_REASONS;

const alice = clientOf(0);
const bob = clientOf(40);
const carol = clientOf(63);
/** Of the lock, in units of the switch's clock: 50 ms. */
const LEASE = 49;
const FENCE = 3;
const RESET = 2;

const GRANTED = Coherence.CLEAR | Coherence.GRANTED;

// docs/coherence.md says why nothing goes wrong; here the compiled pipeline is led into each known trap, message by message.
for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`traps of coherence (${engine})`, () => {
    let bed: CoherentSwitch;
    beforeEach(() => {
      bed = new CoherentSwitch(engine).allow(RIGHTS.READ | RIGHTS.WRITE).cached();
    });

    /** What goes to this port for a frame; it has to be one message. */
    const to = (port: number, sent: readonly Sent[]): wire.Message => {
      const there = sent.filter((one) => one.port === port);
      assert.equal(there.length, 1, `${there.length} frames to port ${port}`);
      return there[0]!.message;
    };
    const ask = (client: Client, op: 'GETS' | 'GETM', tag = 1): Sent[] =>
      bed.send(client.port, asks(client, op, tag));
    const ack = (client: Client, probe: wire.Message): Sent[] =>
      bed.send(client.port, answers(client, 'ACK', probe));
    const replies = (request: wire.Message, fields: Partial<wire.Message> = {}): Sent[] =>
      bed.send(HOME.port, homeReplies(request, fields));
    const unblock = (client: Client, tag = 1): Sent[] =>
      bed.send(client.port, from(client, Op.UNBLOCK, { requesterTag: tag, generation: GENERATION }));
    const command = (flags: number, client?: Client): Sent[] =>
      bed.send(CPU, fromController(Op.DIRECTORY, { flags, number: SLOT, ...(client && bitOf(client)) }));
    const progress = ({ coherence }: wire.Message): number => coherence & GRANTED;
    const isNack = (message: wire.Message, reason: number): void => {
      assert.deepEqual([message.kind, message.status], [Kind.NACK, reason]);
    };
    /** The client has asked for the page to write, has got it and says so. */
    const own = (client: Client): wire.Message => {
      const request = to(HOME.port, ask(client, 'GETM'));
      assert.equal(progress(to(client.port, replies(request))), GRANTED);
      unblock(client);
      return request;
    };

    it('an invalidation overtakes the data that it invalidates: it has the larger number, and the data does not clear it', () => {
      const read = to(HOME.port, ask(alice, 'GETS'));
      const write = ask(bob, 'GETM');
      const probe = to(alice.port, write);
      const late = to(alice.port, replies(read));
      assert.equal(probe.number, late.number + 1);
      assert.equal(progress(late), 0);
      assert.equal(progress(to(bob.port, replies(to(HOME.port, write)))), 0, 'the data alone grants nothing');
      assert.equal(progress(to(bob.port, ack(alice, probe))), GRANTED);
    });

    it('an answer to an older probe comes late: it does not count for the newer one', () => {
      to(HOME.port, ask(alice, 'GETS'));
      const old = to(alice.port, ask(bob, 'GETM'));
      ack(alice, old);
      unblock(bob);
      const again = to(bob.port, ask(alice, 'GETS', 2));
      assert.equal(again.kind, Kind.PROBE);
      ack(bob, again);
      const newer = to(alice.port, ask(carol, 'GETM'));
      ack(bob, newer);
      assert.equal(progress(to(bob.port, ack(alice, old))), 0, 'a duplicate of the first answer');
      assert.equal(bed.registers().pending, 1n << BigInt(alice.index));
      assert.equal(progress(to(carol.port, ack(alice, newer))), GRANTED);
    });

    it('a late write-back crosses a new grant: it changes no register, and what the home says of it frees nobody', () => {
      const first = own(alice);
      const probe = to(alice.port, ask(bob, 'GETM'));
      const before = bed.registers();
      const written = answers(alice, 'WRITEBACK', probe, { coherence: Coherence.FORWARD }, new Uint8Array(8));
      const atHome = to(HOME.port, bed.send(alice.port, written));
      assert.deepEqual(bed.registers(), before);
      assert.equal(atHome.bitmapLow, 1 << alice.index, 'the switch says who wrote');
      // The home answers bob in alice's name: that is her answer to the probe.
      const forwarded = homeReplies(
        Object.assign(new wire.Message(), probe, {
          op: Op.GETM,
          client: bob.node,
          extensions: wire.Extension.COHERENCE,
        }),
        { coherence: Coherence.FORWARD | Coherence.EXCLUSIVE, ...bitOf(alice) },
      );
      assert.equal(progress(to(bob.port, bed.send(HOME.port, forwarded))), GRANTED);
      unblock(bob);
      // Bob is asked for it, and the same answer comes once more: it is about an older grant.
      to(bob.port, ask(carol, 'GETM'));
      assert.equal(progress(to(bob.port, bed.send(HOME.port, forwarded))), 0);
      assert.equal(bed.registers().pending, 1n << BigInt(bob.index));
      assert.ok(first.number < probe.number);
    });

    it('an owner upgrades itself: nobody is probed, and it stays the owner', () => {
      own(alice);
      const sent = ask(alice, 'GETM', 2);
      assert.deepEqual(
        sent.map(({ port }) => port),
        [HOME.port],
      );
      const { owner, pending, sharers } = bed.registers();
      assert.deepEqual([owner, pending, sharers], [1n, 0n, 1n]);
    });

    it('a sharer upgrades itself: the others are probed, and it is not', () => {
      ask(alice, 'GETS');
      ask(bob, 'GETS');
      const sent = ask(alice, 'GETM');
      assert.deepEqual(
        sent.map(({ port }) => port),
        [HOME.port, bob.port],
      );
    });

    it('an UNBLOCK is lost: others are BUSY for the lease of the lock and no longer; what comes of it late frees nobody', () => {
      to(HOME.port, ask(alice, 'GETM'));
      bed.wait(LEASE - 1);
      isNack(to(bob.port, ask(bob, 'GETM')), BUSY);
      bed.wait(1);
      to(alice.port, ask(bob, 'GETM'));
      const { lock_tag } = bed.registers();
      unblock(alice);
      assert.equal(bed.registers().lock_tag, lock_tag);
      unblock(bob);
      assert.equal(bed.registers().lock_tag, 0n);
    });

    it('a holder has crashed: its lock may be stolen, its page not, until it has been fenced', () => {
      own(alice);
      const probe = to(alice.port, ask(bob, 'GETM'));
      bed.wait(LEASE);
      const again = ask(bob, 'GETM', 2);
      assert.deepEqual(
        again.map(({ port }) => port),
        [alice.port],
        'however often he asks: the home is not asked',
      );
      bed.admit(alice, 0); // first the source guard
      const answer = { epoch: alice.epoch };
      isNack(to(alice.port, bed.send(alice.port, answers(alice, 'ACK', probe, answer))), STALE_EPOCH);
      isNack(to(alice.port, unblock(alice)), STALE_EPOCH);
      isNack(to(alice.port, bed.send(alice.port, answers(alice, 'WRITEBACK', probe, answer))), STALE_EPOCH);
      assert.equal(bed.registers().pending, 1n << BigInt(alice.index));
      command(FENCE, alice); // then its bit
      const granted = to(HOME.port, ask(bob, 'GETM', 2));
      assert.equal(progress(to(bob.port, replies(granted))), GRANTED);
    });

    it('a slot is used again: what is about its former entry changes nothing and grants nothing', () => {
      own(alice);
      const probe = to(alice.port, ask(bob, 'GETM'));
      bed.cached(GENERATION, 'closing');
      isNack(to(carol.port, ask(carol, 'GETS')), BUSY);
      assert.equal(progress(to(bob.port, ack(alice, probe))), GRANTED, 'what is under way ends');
      command(RESET);
      bed.cached(GENERATION + 1);
      ask(carol, 'GETM');
      const before = bed.registers();
      assert.equal(progress(to(bob.port, ack(alice, probe))), 0);
      unblock(bob);
      bed.swallows(
        carol.port,
        from(carol, Op.DROP, { number: Number(before.number), generation: GENERATION }),
      );
      assert.deepEqual(bed.registers(), before);
    });

    it('a region is split while frames are under way: the controller calls every copy back first, and hears when it has them', () => {
      ask(alice, 'GETS');
      ask(bob, 'GETS');
      bed.cached(GENERATION, 'closing');
      const recall = bed.send(CPU, fromController(Op.GETM, { tag: 9 }));
      assert.deepEqual(
        recall.map(({ port }) => port),
        [alice.port, bob.port],
      );
      const half = to(CPU, ack(alice, to(alice.port, recall)));
      assert.equal(half.coherence & Coherence.CLEAR, 0);
      const whole = to(CPU, ack(bob, to(bob.port, recall)));
      assert.notEqual(whole.coherence & Coherence.CLEAR, 0);
      const { sharers, pending, owner } = bed.registers();
      assert.deepEqual([sharers, pending, owner], [0n, 0n, 0n]);
    });

    it('the switch restarts, its registers are zero: nobody is granted anything, and dirty pages come home', () => {
      own(alice);
      const restarted = new CoherentSwitch(engine).allow(RIGHTS.READ | RIGHTS.WRITE);
      for (const client of [alice, bob]) restarted.admit(client, 0, client.epoch);
      isNack(to(bob.port, restarted.send(bob.port, asks(bob, 'GETM', 1))), STALE_EPOCH);
      const written = from(alice, Op.WRITEBACK, {}, new Uint8Array(8));
      assert.equal(to(HOME.port, restarted.send(alice.port, written)).op, Op.WRITEBACK);
      // Also with a new session: no entry, no answer but BUSY.
      restarted.admit(bob, bob.epoch + 1);
      const asked = asks(bob, 'GETM', 1, { epoch: bob.epoch + 1 });
      isNack(to(bob.port, restarted.send(bob.port, asked)), BUSY);
    });

    it('numbers wrap: the answer to a probe from before the wrap is older than one behind it', () => {
      for (const name of ['number', 'since'] as const) bed.register(name).write(SLOT, 0xffff_fffdn);
      ask(alice, 'GETS');
      const old = to(alice.port, ask(bob, 'GETM'));
      assert.equal(old.number, 0xffff_ffff);
      ack(alice, old);
      unblock(bob);
      const first = to(bob.port, ask(alice, 'GETS', 2));
      assert.equal(first.number, 0);
      ack(bob, first);
      const newer = to(alice.port, ask(carol, 'GETM'));
      ack(bob, newer);
      ack(alice, old);
      assert.equal(bed.registers().pending, 1n << BigInt(alice.index));
    });

    it('tags of two clients are the same, and tags wrap: a lock is known by client and tag', () => {
      const tag = 0xffff_ffff;
      ask(alice, 'GETM', tag);
      isNack(to(bob.port, ask(bob, 'GETM', tag)), BUSY);
      isNack(to(alice.port, ask(alice, 'GETM', 1)), BUSY);
      unblock(bob, tag);
      unblock(alice, 1);
      assert.notEqual(bed.registers().lock_tag, 0n);
      unblock(alice, tag);
      assert.equal(bed.registers().lock_tag, 0n);
    });

    it('two writers: the second waits, with a hint how long, until the first is done; it takes nothing from it meanwhile', () => {
      ask(alice, 'GETM');
      const before = bed.registers();
      for (let i = 0; i < 5; i++) {
        const nack = to(bob.port, ask(bob, 'GETM'));
        isNack(nack, BUSY);
        assert.equal(nack.hint, 1);
      }
      assert.deepEqual(bed.registers(), { ...before, number: before.number + 5n });
      unblock(alice);
      assert.equal(to(alice.port, ask(bob, 'GETM')).kind, Kind.PROBE);
    });

    it('the controller changes many registers with one frame, between two messages and never within one', () => {
      ask(alice, 'GETS');
      ask(bob, 'GETM');
      command(RESET);
      assert.deepEqual(bed.registers(), Object.fromEntries(REGISTERS.map((name) => [name, 0n])));
    });

    it('a client answers a probe that it was never sent: it takes its own bit and no other', () => {
      ask(alice, 'GETS');
      const probe = to(alice.port, ask(bob, 'GETM'));
      const forged = answers(carol, 'ACK', probe, {
        ...bitOf(alice),
        coherence: GRANTED | Coherence.EXCLUSIVE,
      });
      assert.equal(progress(to(bob.port, bed.send(carol.port, forged))), 0);
      assert.equal(bed.registers().pending, 1n << BigInt(alice.index));
    });

    it('a client that subscribed is told of each change, and its writer is answered; who unsubscribed hears nothing', () => {
      bed.send(carol.port, from(carol, Op.SUBSCRIBE, { flags: 1 }));
      own(alice);
      ask(alice, 'GETM', 2);
      const told = unblock(alice, 2);
      assert.equal(to(carol.port, told).op, Op.NOTIFY);
      assert.deepEqual([to(alice.port, told).kind, to(alice.port, told).number], [Kind.REPLY, 2]);
      bed.send(carol.port, from(carol, Op.SUBSCRIBE, { flags: 0 }));
      ask(alice, 'GETM', 3);
      assert.deepEqual(
        unblock(alice, 3).map(({ port }) => port),
        [alice.port],
      );
    });
  });
}

function bitOf({ index }: Client): { bitmapLow: number; bitmapHigh: number } {
  return index < 32
    ? { bitmapLow: (1 << index) >>> 0, bitmapHigh: 0 }
    : { bitmapLow: 0, bitmapHigh: (1 << (index - 32)) >>> 0 };
}
