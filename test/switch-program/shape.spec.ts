import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import { ALICE, damaged, M1, request, sealed } from './frames.js';
import { describeProgram, PAGE } from './testbed.js';

const { Op } = wire;

describeProgram('shape', (bed) => {
  for (const length of [0, 13, 14, 20, 53, 54, 61, 62, 70, 85]) {
    it(`drops a frame cut short at ${length} bytes`, () =>
      bed().dropped(REASONS.MALFORMED, ALICE, request().subarray(0, length)));
  }
  it('drops a frame without a UDP checksum', () =>
    bed().dropped(REASONS.MALFORMED, ALICE, damaged(request(), [60, 0], [61, 0])));
  it('refuses an unknown version', () => bed().refused(REASONS.BAD_VERSION, ALICE, request({ version: 2 })));
  for (const kind of [0, 4, 255]) {
    it(`drops the unknown kind ${kind}`, () =>
      bed().dropped(REASONS.BAD_VERSION, ALICE, sealed(damaged(request(), [63, kind]))));
  }
  it('leaves a damaged payload damaged, for the receiver to see', () => {
    const frame = damaged(request({ op: Op.WRITE, pointer: PAGE, length: 2 }, Uint8Array.of(1, 2)), [86, 9]);
    bed().goesTo(M1, ALICE, frame);
  });
});
