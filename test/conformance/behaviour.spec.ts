import assert from 'node:assert/strict';
import { RIGHTS } from '@bluebridge/templates';
import fc from 'fast-check';
import { hostileFrames } from '../switch-program/hostile.js';
import { Testbed } from '../switch-program/testbed.js';
import { MIGRATED, PAGE, vectors } from '../switch-program/vectors.js';
import { type Pair, PROGRAMS, pairOf } from './fixtures.js';

/** A switch with this program, and alice's permissions that the vectors are made for. */
const bedWith = (engine: 'compiled' | 'interpreter', json: string): Testbed =>
  new Testbed(engine, json)
    .allow(0n, RIGHTS.READ)
    .allow(PAGE, RIGHTS.READ | RIGHTS.WRITE | RIGHTS.OWNER)
    .allow(MIGRATED, RIGHTS.READ)
    .allow(0n, RIGHTS.READ, 0x777)
    .migrate(MIGRATED);

/** All that the program has counted and told. */
const memoryOf = (bed: Testbed) => ({
  counters: (['refused', 'punted', 'ordinary'] as const).map((counter) => bed.counts(counter)),
  digests: bed.digests.map(({ values }) => values),
});

// p4c's output is a fixture (fixtures/README.md); what ours does is compared with what p4c's does, frame by frame.
for (const name of PROGRAMS) {
  describe(`conformance with p4c: what ${name}.p4 does`, () => {
    let pair: Pair;
    before(() => {
      pair = pairOf(name);
    });

    for (const engine of ['compiled', 'interpreter'] as const) {
      const beds = () =>
        [bedWith(engine, JSON.stringify(pair.ours.bmv2)), bedWith(engine, pair.p4c.json)] as const;

      it(`is the same for a frame of every kind (${engine})`, () => {
        const [ours, p4c] = beds();
        for (const { name, from, frame } of vectors()) {
          assert.deepEqual(ours.send(from.port, frame), p4c.send(from.port, frame), name);
        }
        assert.deepEqual(memoryOf(ours), memoryOf(p4c));
      });

      it(`is the same for any frame (${engine})`, () => {
        const [ours, p4c] = beds();
        fc.assert(
          fc.property(hostileFrames(), ({ port, frame }) => {
            assert.deepEqual(ours.send(port, frame), p4c.send(port, frame));
          }),
          { numRuns: 500 },
        );
        assert.deepEqual(memoryOf(ours), memoryOf(p4c));
      });
    }
  });
}
