import assert from 'node:assert/strict';
import type { P4RuntimeLink } from '@bluebridge/controller';
import { ACTIONS, PACKET_IN, RIGHTS, TABLES } from '@bluebridge/templates';
import fc from 'fast-check';
import { M1, M2, macOf } from '../switch-program/frames.js';
import { hostileFrames } from '../switch-program/hostile.js';
import { MIGRATED, PAGE, vectors } from '../switch-program/vectors.js';
import { type Observation, observe, type SentFrame } from './support/observe.js';
import { pipelineBy } from './support/programs.js';
import { hex, type Left } from './support/recorder.js';
import { Rig } from './support/rig.js';
import { compilers, type TargetName, targets } from './support/targets.js';

const SEED = Number(process.env.BLUEBRIDGE_TEST_SEED ?? Date.now() % 2 ** 31);
/** Frames that a host can send by a cable; the same ones to every switch. */
const hostile: SentFrame[] = fc
  .sample(hostileFrames(), { numRuns: 400, seed: SEED })
  .filter(({ port, frame }) => port <= 4 && frame.length >= 14);

async function observed(target: TargetName, compiler: 'ours' | 'p4c'): Promise<Observation> {
  const rig = await Rig.start(target);
  try {
    await rig.control(pipelineBy(compiler, rig.fabric, target));
    const refused = await rig.link.write(extraEntries(rig));
    assert.deepEqual(refused, []);
    return await observe(rig, hostile);
  } finally {
    await rig.stop();
  }
}

/** What the vectors need besides what the controller plans: alice's permissions, and a page that moved from m1 to m2. */
function extraEntries(rig: Rig): Parameters<P4RuntimeLink['write']>[0] {
  const { permission, routes } = TABLES;
  const domain = BigInt(rig.fabric.clients[0]!.domain);
  const allow = (pointer: bigint, rights: number, node = M1.node) => ({
    table: permission.name,
    match: {
      [permission.keys.domain]: domain,
      [permission.keys.node]: BigInt(node),
      [permission.keys.pointer]: { value: pointer, prefix: 52 },
    },
    action: ACTIONS.allow.name,
    params: { rights: BigInt(rights) },
  });
  const moved = {
    table: routes.name,
    match: { [routes.keys.home]: { value: (BigInt(M1.node) << 64n) | MIGRATED, prefix: 68 } },
    action: ACTIONS.routeToNode.name,
    params: { port: BigInt(M2.port), mac: BigInt(`0x${hex(macOf(M2.node))}`), node: BigInt(M2.node) },
  };
  const { READ, WRITE, OWNER } = RIGHTS;
  const entries = [
    allow(0n, READ),
    allow(PAGE, READ | WRITE | OWNER),
    allow(MIGRATED, READ),
    allow(0n, READ, 0x777),
    moved,
  ];
  return entries.map((entry) => ({ type: 'insert', entry }));
}

/** What the vector itself says: what leaves by ports, and the packet-in. Answers of the controller are left to the comparison. */
function checkVector(
  { frame, from, leaves, cause }: ReturnType<typeof vectors>[number],
  left: readonly Left[],
): void {
  const ups = left.filter(([by]) => by.startsWith('controller'));
  if (cause === undefined) {
    const expected = leaves.map(([port, bytes]) => [`port ${port}`, hex(bytes)]);
    assert.deepEqual([...left].sort(), expected.sort());
    return;
  }
  const [port, padding, why] = PACKET_IN.fields;
  assert.deepEqual(ups, [[`controller: ${port} ${from.port}, ${padding} 0, ${why} ${cause}`, hex(frame)]]);
}

describe('packets', function () {
  this.timeout(120_000);
  let reference: Observation;
  before(async () => {
    reference = await observed('embedded', 'ours');
  });

  for (const target of targets()) {
    for (const compiler of compilers(target)) {
      describe(`${target}, JSON of ${compiler === 'ours' ? 'our compiler' : 'p4c'}`, () => {
        let seen: Observation;
        before(async () => {
          seen = target === 'embedded' && compiler === 'ours' ? reference : await observed(target, compiler);
        });

        for (const vector of vectors()) {
          it(vector.name, () => {
            const left = seen.vectors.get(vector.name)!;
            checkVector(vector, left);
            assert.deepEqual(left, reference.vectors.get(vector.name));
          });
        }
        it('sends packet-outs where they say', () => {
          for (const port of [1, 2, 3, 4]) {
            assert.equal(seen.packetOuts.get(`out of port ${port}`)?.[0]?.[0], `port ${port}`);
          }
          assert.deepEqual(seen.packetOuts, reference.packetOuts);
        });
        it(`does the same with ${hostile.length} random frames`, () => {
          hostile.forEach(({ port, frame }, i) => {
            assert.deepEqual(
              seen.frames[i],
              reference.frames[i],
              `seed ${SEED}, ${hex(frame)} into port ${port}`,
            );
          });
        });
        it('counts the same: refused, punted, ordinary, accepted, routed', () =>
          assert.deepEqual(seen.counters, reference.counters));
        it('holds the same entries with the same direct counters', () => {
          assert.equal(seen.entries.length, 17);
          assert.deepEqual(seen.entries, reference.entries);
        });
        it('floods to the same ports', () => {
          assert.deepEqual(seen.flood, ['1#1', '2#1', '3#1', '4#1']);
        });
        it('tells the same refusals in digests', () => {
          assert.ok(seen.refusals.length > 20);
          assert.deepEqual(seen.refusals, reference.refusals);
        });
      });
    }
  }
});
