import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { generate, parseFabric, RIGHTS } from '@bluebridge/templates';
import fc from 'fast-check';
import { type Client, CPU, clientOf, HOME, OTHER_HOME, SPEC } from '../coherence/fabric.js';
import { answers, asks, CLIENT_PORT, from, fromController, homeReplies } from '../coherence/messages.js';
import { CoherentSwitch, GENERATION, PAGE, REGION, SLOT } from '../coherence/switch.js';
import { layCables, removeCables } from './support/cables.js';
import { CoherentRig, toController } from './support/coherent-rig.js';
import { pipelineBy } from './support/programs.js';
import { hex, type Left } from './support/recorder.js';
import { compilers, startTarget, type TargetName, targets } from './support/targets.js';

const { Coherence, Op } = wire;
const SEED = Number(process.env.BLUEBRIDGE_TEST_SEED ?? Date.now() % 2 ** 31);

/** Locks that no run outlives: the clock of a real switch is not ours to stop. */
const FABRIC = parseFabric(SPEC('msi').replace('lockLease: 50', 'lockLease: 60000'));
/** Both halves of a set, and the edges of each. */
const WHO: readonly Client[] = [0, 31, 32, 63].map(clientOf);

interface Sent {
  readonly what: string;
  readonly port: number;
  readonly frame: Uint8Array;
  /** By the switch in this process. */
  readonly left: readonly Left[];
}

const steps = fc.record({
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('GETS', 'GETM') },
    { weight: 5, arbitrary: fc.constantFrom('ACK', 'FORWARDED', 'REPLY') },
    { weight: 4, arbitrary: fc.constant('UNBLOCK') },
    { weight: 3, arbitrary: fc.constantFrom('DROP', 'SUBSCRIBE', 'READ', 'RECALL', 'FENCE', 'RESET') },
  ),
  who: fc.nat({ max: WHO.length - 1 }),
  asker: fc.nat({ max: WHO.length - 1 }),
  tag: fc.integer({ min: 1, max: 2 }),
  near: fc.constantFrom(0, 0, 0, 0, -1, 1),
  upgrade: fc.boolean(),
});
type Step = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** A frame of this kind that fits what the directory's registers hold now, or nearly. */
function frameOf(step: Step, number: number, since: number): [port: number, frame: Uint8Array] {
  const { what, tag, near, upgrade } = step;
  const client = WHO[step.who]!;
  const asker = WHO[step.asker]!;
  const about = (value: number): number => (value + near) >>> 0;
  const echoed = Object.assign(new wire.Message(), {
    ...{ node: HOME.node, op: Op.GETM, client: asker.node, clientPort: CLIENT_PORT + asker.index, tag },
    ...{
      epoch: asker.epoch,
      length: PAGE,
      extensions: wire.Extension.COHERENCE,
      coherence: Coherence.EXCLUSIVE,
    },
    ...{ generation: GENERATION, number: about(since), region: REGION, requester: asker.node },
    ...{ requesterPort: CLIENT_PORT + asker.index, requesterTag: tag, requesterEpoch: asker.epoch },
    requesterIndex: asker.index,
  });
  switch (what) {
    case 'GETS':
    case 'GETM':
      return [client.port, asks(client, what, tag, { coherence: upgrade ? Coherence.UPGRADE : 0 })];
    case 'ACK':
      return [client.port, answers(client, 'ACK', echoed)];
    case 'FORWARDED':
    case 'REPLY': {
      const forward = what === 'FORWARDED' ? Coherence.FORWARD : 0;
      const own = 1n << BigInt(client.index);
      const bitmap = { bitmapLow: Number(own & 0xffff_ffffn), bitmapHigh: Number(own >> 32n) };
      return [HOME.port, homeReplies(echoed, { coherence: Coherence.EXCLUSIVE | forward, ...bitmap })];
    }
    case 'UNBLOCK':
      return [
        client.port,
        from(client, Op.UNBLOCK, { requesterTag: tag, generation: GENERATION, number: 77 }),
      ];
    case 'DROP':
      return [client.port, from(client, Op.DROP, { number: about(number), generation: GENERATION })];
    case 'SUBSCRIBE':
      return [client.port, from(client, Op.SUBSCRIBE, { flags: upgrade ? 1 : 0 })];
    case 'READ':
      return [client.port, from(client, Op.READ, { extensions: 0 })];
    case 'RECALL':
      return [CPU, fromController(Op.GETM, { tag })];
    case 'FENCE':
      return [CPU, fromController(Op.DIRECTORY, { flags: 3, number: SLOT, bitmapLow: 1, bitmapHigh: 0 })];
    default:
      return [CPU, fromController(Op.DIRECTORY, { flags: 2, number: SLOT })];
  }
}

/** The frames of a run, made as it goes by what the directory in a switch of this process holds. */
function played(count: number): Sent[] {
  const bed = new CoherentSwitch('interpreter', 'msi', generate(FABRIC, { target: 'bmv2' }).bmv2);
  bed.allow(RIGHTS.READ | RIGHTS.WRITE).cached();
  return fc.sample(steps, { numRuns: count, seed: SEED }).map((step) => {
    const { number, since } = bed.registers();
    const [port, frame] = frameOf(step, Number(number), Number(since));
    const left = bed.device
      .processFrame(port, frame)
      .map(
        ({ port, bytes }): Left =>
          port === CPU ? toController(bytes[2]!, bytes.subarray(3)) : [`port ${port}`, hex(bytes)],
      )
      .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
    return { what: step.what, port, frame, left };
  });
}

describe('coherence', function () {
  this.timeout(120_000);
  const run = played(400);

  it('the run has every kind of message leave the switch', () => {
    const kinds = new Set<string>();
    const message = new wire.Message();
    for (const [by, bytes] of run.flatMap(({ left }) => left)) {
      if (by.startsWith('port') && wire.decodeFrame(Buffer.from(bytes, 'hex'), message) === undefined) {
        kinds.add(`${wire.kindName(message.kind)} ${wire.opName(message.op)}`);
      }
    }
    for (const kind of [
      'REQUEST GETS',
      'REQUEST GETM',
      'PROBE GETM',
      'REPLY GETM',
      'REPLY UNBLOCK',
      'NACK GETM',
    ]) {
      assert.ok(kinds.has(kind), `seed ${SEED}: no ${kind} among ${[...kinds].join(', ')}`);
    }
  });

  // The directory for Tofino is a program of its own.
  for (const target of targets().filter(
    (name): name is Exclude<TargetName, 'stratum'> => name !== 'stratum',
  )) {
    for (const compiler of compilers(target)) {
      if (compiler === 'p4c' && !process.env.BLUEBRIDGE_P4C) continue; // no fixture of this program is kept
      it(`${target}, JSON of ${compiler === 'ours' ? 'our compiler' : 'p4c'}: ${run.length} messages, packet for packet`, async () => {
        const cables = await layCables([HOME, OTHER_HOME, ...WHO].map(({ port }) => port));
        const switches = FABRIC.switches.map((s) => ({ ...s, cpuPort: CPU }));
        const running = await startTarget(target, { ...FABRIC, switches }, cables);
        let rig: CoherentRig | undefined;
        try {
          rig = await CoherentRig.connect(running.address, pipelineBy(compiler, FABRIC, target), WHO, cables);
          for (const [i, { what, port, frame, left }] of run.entries()) {
            assert.deepEqual(
              await rig.send(port, frame),
              left,
              `seed ${SEED}, message ${i}: ${what} into port ${port}`,
            );
          }
        } finally {
          rig?.close();
          await running.stop();
          await removeCables(cables);
        }
      });
    }
  }
});
