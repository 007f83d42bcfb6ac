import assert from 'node:assert/strict';
import { directory, wire } from '@bluebridge/memory';
import { COHERENCE_REASONS, RIGHTS } from '@bluebridge/templates';
import fc from 'fast-check';
import { type Client, CPU, clientOf, HOME, TICK } from './fabric.js';
import { answers, asks, CLIENT_PORT, from, fromController, homeReplies } from './messages.js';
import { CoherentSwitch, GENERATION, PAGE, REGION, REGISTERS, type Sent, SLOT } from './switch.js';

const { Coherence, Kind, Op } = wire;

/** Both halves of a set, the edges of each, and neighbours. */
const WHO = [0, 1, 31, 32, 63].map(clientOf);
/** Of the lock, in units of the switch's clock: 50 ms. */
const LEASE = 49;

/** A message of chance. `near` shifts what it says away from what the entry would like to hear. */
type Step =
  | { readonly what: 'GETS' | 'GETM'; readonly who: number; readonly tag: number; readonly upgrade: boolean }
  | {
      readonly what: 'ACK' | 'FORWARDED' | 'REPLY';
      readonly who: number;
      readonly requester: number;
      readonly tag: number;
      readonly near: number;
      readonly fits: boolean;
    }
  | { readonly what: 'UNBLOCK'; readonly who: number; readonly tag: number; readonly fits: boolean }
  | { readonly what: 'DROP'; readonly who: number; readonly near: number; readonly fits: boolean }
  | { readonly what: 'SUBSCRIBE'; readonly who: number; readonly begin: boolean }
  | { readonly what: 'READ'; readonly who: number }
  | { readonly what: 'RECALL'; readonly tag: number }
  | { readonly what: 'FENCE'; readonly who: number }
  | { readonly what: 'RESET' }
  | { readonly what: 'WAIT'; readonly ticks: number };

const who = fc.nat({ max: WHO.length - 1 });
const tag = fc.integer({ min: 1, max: 2 });
const fits = fc.nat({ max: 9 }).map((n) => n > 0);
const near = fc.constantFrom(0, 0, 0, -1, -2, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ what: fc.constantFrom('GETS', 'GETM'), who, tag, upgrade: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constantFrom('ACK', 'ACK', 'FORWARDED', 'REPLY'),
      who,
      requester: who,
      tag,
      near,
      fits,
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('UNBLOCK' as const), who, tag, fits }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('DROP' as const), who, near, fits }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('SUBSCRIBE' as const), who, begin: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('READ' as const), who }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('RECALL' as const), tag }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('FENCE' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('WAIT' as const), ticks: fc.constantFrom(1, LEASE - 1, LEASE) }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'RESET' as const }) },
) as fc.Arbitrary<Step>;

/** What a frame says that left the switch: enough to tell every two outcomes apart. */
function said({ port, message: m }: Sent): string {
  const what = `${wire.kindName(m.kind)} ${wire.opName(m.op)} ${m.status}`;
  return `${port}: ${what} to ${m.client} tag ${m.tag} ${m.generation}.${m.number} ${bits(m.bitmapHigh, m.bitmapLow)} flags ${m.coherence}`;
}

const bits = (hi: number, lo: number): string => ((BigInt(hi) << 32n) | BigInt(lo)).toString(16);

/** The entry of the transition function and the one in the registers, side by side. */
class Pair {
  readonly entry = directory.newEntry();

  /** Both begin with these counts and at this time, in units of the switch's clock. */
  constructor(
    readonly bed: CoherentSwitch,
    counts: number,
    now: number,
  ) {
    bed.clock = now * TICK;
    for (const name of REGISTERS) bed.register(name).write(SLOT, 0n);
    for (const name of ['number', 'since', 'changes', 'accesses', 'probes'] as const) {
      bed.register(name).write(SLOT, BigInt(counts));
      this.entry[name] = counts;
    }
  }

  private get now(): number {
    return Math.floor(this.bed.clock / TICK) >>> 0;
  }

  /** @returns what left the switch, and what should have. */
  step(step: Step): [sent: string[], expected: string[]] {
    if (step.what === 'WAIT') {
      this.bed.wait(step.ticks);
      return [[], []];
    }
    const [port, frame, expected] = this.message(step);
    const sent = this.bed.send(port, frame);
    return [sent.map(said).sort(), expected.sort()];
  }

  private message(
    step: Exclude<Step, { what: 'WAIT' }>,
  ): [port: number, frame: Uint8Array, expected: string[]] {
    switch (step.what) {
      case 'GETS':
      case 'GETM':
        return this.ask(step);
      case 'RECALL':
        return this.recall(step.tag);
      case 'ACK':
      case 'FORWARDED':
      case 'REPLY':
        return this.answer(step);
      case 'UNBLOCK':
        return this.unblock(step);
      case 'DROP': {
        const client = WHO[step.who]!;
        const number = (this.entry.number + step.near) >>> 0;
        const frame = from(client, Op.DROP, { number, generation: generation(step.fits) });
        directory.drop(this.entry, directory.senderOf(client.index), number, step.fits);
        return [client.port, frame, []];
      }
      case 'SUBSCRIBE': {
        const client = WHO[step.who]!;
        const changes = directory.subscribe(this.entry, directory.senderOf(client.index), step.begin);
        const frame = from(client, Op.SUBSCRIBE, { flags: step.begin ? 1 : 0 });
        return [
          client.port,
          frame,
          [this.says(client, Kind.REPLY, Op.SUBSCRIBE, 1000 + client.index, changes, { generation: 0 })],
        ];
      }
      case 'READ': {
        const client = WHO[step.who]!;
        const frame = from(client, Op.READ, { extensions: 0 });
        const isCurrent = directory.isHomeCurrent(this.entry);
        const tag = 1000 + client.index;
        return [
          client.port,
          frame,
          [
            isCurrent
              ? `${HOME.port}: REQUEST READ 0 to ${client.node} tag ${tag} 0.0 0 flags 0`
              : this.says(client, Kind.NACK, Op.READ, tag, 0, {
                  status: COHERENCE_REASONS.COHERENT,
                  generation: 0,
                }),
          ],
        ];
      }
      case 'FENCE': {
        const client = WHO[step.who]!;
        const { bitLo, bitHi } = directory.senderOf(client.index);
        directory.fence(this.entry, bitLo, bitHi);
        return this.command(3, bitLo, bitHi);
      }
      case 'RESET':
        directory.reset(this.entry);
        return this.command(2, 0, 0);
    }
  }

  private command(flags: number, bitmapLow: number, bitmapHigh: number): [number, Uint8Array, string[]] {
    const frame = fromController(Op.DIRECTORY, { flags, number: SLOT, bitmapLow, bitmapHigh });
    const echo = `${CPU}: REQUEST DIRECTORY 0 to 65535 tag 1 0.${SLOT} ${bits(bitmapHigh, bitmapLow)} flags 0`;
    return [CPU, frame, [echo]];
  }

  private ask({
    what,
    who,
    tag,
    upgrade,
  }: Extract<Step, { what: 'GETS' | 'GETM' }>): [number, Uint8Array, string[]] {
    const client = WHO[who]!;
    const sender = directory.senderOf(client.index);
    const frame = asks(client, what, tag, { coherence: upgrade ? Coherence.UPGRADE : 0 });
    const route =
      what === 'GETS'
        ? directory.getShared(this.entry, sender, tag, this.now)
        : directory.getModified(this.entry, sender, tag, this.now, LEASE);
    const flags = what === 'GETS' ? 0 : Coherence.EXCLUSIVE | (upgrade ? Coherence.UPGRADE : 0);
    const op = Op[what];
    switch (route.to) {
      case 'busy': {
        const status = COHERENCE_REASONS.BUSY;
        return [
          client.port,
          frame,
          [this.says(client, Kind.NACK, op, tag, 0, { status, flags, generation: 0 })],
        ];
      }
      case 'home':
        return [client.port, frame, [this.toHome(client, op, tag, route.number, flags)]];
      case 'recalled':
        assert.fail('only the controller recalls');
        break;
      case 'probe': {
        const home = route.home ? [this.toHome(client, op, tag, route.number, flags)] : [];
        return [client.port, frame, [...this.probes(route, op, tag, flags), ...home]];
      }
    }
  }

  private recall(tag: number): [number, Uint8Array, string[]] {
    const frame = fromController(Op.GETM, { tag });
    const controller = directory.senderOf(directory.CONTROLLER_INDEX);
    const route = directory.getModified(this.entry, controller, tag, this.now, LEASE);
    const flags = Coherence.EXCLUSIVE | Coherence.UPGRADE;
    const up = (kind: number, status: number, grant: string, flags: number): string =>
      `${CPU}: ${wire.kindName(kind)} GETM ${status} to 65535 tag ${tag} ${grant} 0 flags ${flags}`;
    switch (route.to) {
      case 'busy':
        return [CPU, frame, [up(Kind.NACK, COHERENCE_REASONS.BUSY, '0.0', flags)]];
      case 'recalled':
        return [CPU, frame, [up(Kind.REQUEST, 0, `${GENERATION}.${route.number}`, flags | Coherence.CLEAR)]];
      case 'probe':
        assert.equal(route.home, false);
        return [CPU, frame, this.probes(route, Op.GETM, tag, flags)];
      case 'home':
        assert.fail('a recall asks nothing of the home');
    }
  }

  private answer({
    what,
    who,
    requester,
    tag,
    near,
    fits,
  }: Extract<Step, { what: 'ACK' | 'FORWARDED' | 'REPLY' }>): [number, Uint8Array, string[]] {
    const client = WHO[who]!;
    const asker = WHO[requester]!;
    const about = { index: asker.index, tag };
    const sender = directory.senderOf(client.index);
    const number = (this.entry.since + near) >>> 0;
    const echoed = Object.assign(new wire.Message(), {
      node: HOME.node,
      op: Op.GETM,
      client: asker.node,
      clientPort: CLIENT_PORT + asker.index,
      tag,
      epoch: asker.epoch,
      length: PAGE,
      extensions: wire.Extension.COHERENCE,
      generation: generation(fits),
      number,
      requester: asker.node,
      requesterPort: CLIENT_PORT + asker.index,
      requesterTag: tag,
      requesterEpoch: asker.epoch,
      requesterIndex: asker.index,
      region: REGION,
      coherence: Coherence.EXCLUSIVE,
    });
    const { clear, granted } =
      what === 'REPLY'
        ? directory.progress(this.entry, fits, about)
        : directory.answered(this.entry, sender, number, fits, about);
    const own = what === 'REPLY' ? '0' : bits(sender.bitHi, sender.bitLo);
    const flags =
      Coherence.EXCLUSIVE |
      (what === 'FORWARDED' ? Coherence.FORWARD : 0) |
      (clear ? Coherence.CLEAR : 0) |
      (granted ? Coherence.GRANTED : 0);
    const reply = this.says(asker, Kind.REPLY, Op.GETM, tag, number, {
      flags,
      bitmap: own,
      generation: generation(fits),
    });
    if (what === 'ACK') return [client.port, answers(client, 'ACK', echoed), [reply]];
    const fields = {
      coherence: Coherence.EXCLUSIVE | (what === 'FORWARDED' ? Coherence.FORWARD : 0),
      bitmapLow: sender.bitLo,
      bitmapHigh: sender.bitHi,
    };
    return [HOME.port, homeReplies(echoed, fields), [reply]];
  }

  private unblock({ who, tag, fits }: Extract<Step, { what: 'UNBLOCK' }>): [number, Uint8Array, string[]] {
    const client = WHO[who]!;
    const sender = directory.senderOf(client.index);
    const frame = from(client, Op.UNBLOCK, { requesterTag: tag, generation: generation(fits), number: 77 });
    const told = directory.unblock(this.entry, sender, tag, fits);
    const number = told ? this.entry.changes : 77;
    const own = 1000 + client.index;
    const grant = { generation: generation(fits) };
    const notices = told
      ? among(told.lo, told.hi).map((index) =>
          this.says(clientOf(index), Kind.PROBE, Op.NOTIFY, own, number, grant),
        )
      : [];
    return [client.port, frame, [this.says(client, Kind.REPLY, Op.UNBLOCK, own, number, grant), ...notices]];
  }

  private probes(
    { lo, hi, number, keep }: { lo: number; hi: number; number: number; keep: boolean },
    op: number,
    tag: number,
    flags: number,
  ): string[] {
    const all = flags | (keep ? Coherence.KEEP : 0);
    return among(lo, hi).map((index) =>
      this.says(clientOf(index), Kind.PROBE, op, tag, number, { bitmap: bits(hi, lo), flags: all }),
    );
  }

  private toHome(client: Client, op: number, tag: number, number: number, flags: number): string {
    return `${HOME.port}: REQUEST ${wire.opName(op)} 0 to ${client.node} tag ${tag} ${GENERATION}.${number} 0 flags ${flags}`;
  }

  private says(
    to: Client,
    kind: number,
    op: number,
    tag: number,
    number: number,
    {
      status = 0,
      flags = 0,
      bitmap = '0',
      generation = GENERATION,
    }: { status?: number; flags?: number; bitmap?: string; generation?: number } = {},
  ): string {
    return `${to.port}: ${wire.kindName(kind)} ${wire.opName(op)} ${status} to ${to.node} tag ${tag} ${generation}.${number} ${bitmap} flags ${flags}`;
  }

  /** The registers, as an entry. */
  registers(): directory.Entry {
    const r = this.bed.registers();
    const halves = (set: bigint): [number, number] => [Number(set & 0xffff_ffffn), Number(set >> 32n)];
    const [sharersLo, sharersHi] = halves(r.sharers);
    const [pendingLo, pendingHi] = halves(r.pending);
    const [subscribersLo, subscribersHi] = halves(r.subscribers);
    return {
      number: Number(r.number),
      lockTag: Number(r.lock_tag),
      lockExpiry: Number(r.lock_expiry),
      sharersLo,
      sharersHi,
      owner: Number(r.owner),
      pendingLo,
      pendingHi,
      since: Number(r.since),
      subscribersLo,
      subscribersHi,
      changes: Number(r.changes),
      accesses: Number(r.accesses),
      probes: Number(r.probes),
    };
  }
}

const generation = (fits: boolean): number => (fits ? GENERATION : GENERATION - 1);

function among(lo: number, hi: number): number[] {
  const set = (BigInt(hi) << 32n) | BigInt(lo);
  return Array.from({ length: 64 }, (_, i) => i).filter((i) => (set >> BigInt(i)) & 1n);
}

for (const engine of ['compiled', 'interpreter'] as const) {
  describe(`the directory in the switch program, against the transition function (${engine})`, () => {
    it('does the same to every message, whatever came before', function () {
      this.timeout(60_000);
      const bed = new CoherentSwitch(engine).allow(RIGHTS.READ | RIGHTS.WRITE).cached();
      fc.assert(
        fc.property(
          fc.array(step, { minLength: 1, maxLength: 40 }),
          // The clock and the counts wrap.
          fc.constantFrom(1000, 2 ** 32 - 20),
          fc.constantFrom(0, 0xffff_fffa),
          (steps, now, counts) => {
            const pair = new Pair(bed, counts, now);
            for (const each of steps) {
              const [sent, expected] = pair.step(each);
              assert.deepEqual(sent, expected, JSON.stringify(each));
              assert.deepEqual(pair.registers(), pair.entry, JSON.stringify(each));
            }
          },
        ),
        { numRuns: engine === 'compiled' ? 1000 : 100 },
      );
    });
  });
}
