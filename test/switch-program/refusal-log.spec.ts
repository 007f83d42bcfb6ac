import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import { ALICE, request } from './frames.js';
import { compiled, describeProgram, PAGE, Testbed } from './testbed.js';

const { Op } = wire;

describeProgram('the log of refusals', (bed) => {
  it('tells who was refused what', () => {
    bed().refused(REASONS.NO_PERMISSION, ALICE, request({ op: Op.WRITE, pointer: 2n * PAGE, length: 1 }));
    assert.deepEqual(
      bed().digests.map(({ values }) => values),
      [[BigInt(REASONS.NO_PERMISSION), 3n, 1n, BigInt(Op.WRITE), 0x101n, 2n * PAGE]],
    );
  });
  it('is silent where the feature is off', () => {
    const silent = new Testbed(bed().engine, compiled({ refusalLog: false }));
    silent.refused(REASONS.NO_PERMISSION, ALICE, request());
    assert.deepEqual(silent.digests, []);
  });
});
