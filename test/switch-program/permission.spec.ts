import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import { ALICE, BOB, M1, M2, request } from './frames.js';
import { describeProgram, PAGE } from './testbed.js';

const { Op } = wire;

describeProgram('permission', (bed) => {
  it('lets a READ with the right through', () => bed().goesTo(M1, ALICE, request()));
  it('lets WRITE and TRIM with the right through', () => {
    bed().goesTo(M1, ALICE, request({ op: Op.WRITE, pointer: PAGE, length: 3 }, Uint8Array.of(1, 2, 3)));
    bed().goesTo(M1, ALICE, request({ op: Op.TRIM, pointer: PAGE }));
  });
  it('refuses a WRITE where only reading is allowed', () =>
    bed().refused(
      REASONS.NO_PERMISSION,
      ALICE,
      request({ op: Op.WRITE, length: 3 }, Uint8Array.of(1, 2, 3)),
    ));
  it('refuses a TRIM where only reading is allowed', () =>
    bed().refused(REASONS.NO_PERMISSION, ALICE, request({ op: Op.TRIM })));
  it('refuses an address that nobody may use', () =>
    bed().refused(REASONS.NO_PERMISSION, ALICE, request({ pointer: 2n * PAGE })));
  it('refuses the same address of another node', () =>
    bed().refused(REASONS.NO_PERMISSION, ALICE, request({ node: M2.node })));
  it('refuses another domain', () =>
    bed().refused(REASONS.NO_PERMISSION, BOB, request({ client: BOB.node })));
});
