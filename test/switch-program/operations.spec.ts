import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import { ALICE, M1, request } from './frames.js';
import { describeProgram } from './testbed.js';

const { Op } = wire;

describeProgram('operation and page', (bed) => {
  for (const op of [0, 5, 7, 11, 255]) {
    it(`refuses the operation ${op}`, () => bed().refused(REASONS.BAD_OPERATION, ALICE, request({ op })));
  }
  it('lets a whole page through', () => bed().goesTo(M1, ALICE, request({ length: 4096 })));
  it('lets the last byte of a page through', () =>
    bed().goesTo(M1, ALICE, request({ pointer: 4095n, length: 1 })));
  for (const op of [Op.READ, Op.WRITE, Op.TRIM]) {
    for (const [pointer, length] of [
      [1n, 4096],
      [4095n, 2],
      [0n, 4097],
      [0n, 0],
      [4095n, 0xffff_ffff],
      [1n, 0x8000_0000],
    ] as const) {
      it(`refuses ${wire.opName(op)} of ${length} bytes at ${pointer}`, () =>
        bed().refused(REASONS.CROSSES_PAGE, ALICE, request({ op, pointer, length })));
    }
  }
});
