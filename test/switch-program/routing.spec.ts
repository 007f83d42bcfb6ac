import { REASONS, RIGHTS } from '@bluebridge/templates';
import { ALICE, answer, damaged, M1, M2, request, routed, sealed } from './frames.js';
import { describeProgram } from './testbed.js';

describeProgram('translation and routing', (bed) => {
  it('routes answers to their client', () => bed().goesTo(ALICE, M1, answer({}, Uint8Array.of(1, 2, 3))));
  it('sends a migrated page to its new home, under its new address', () => {
    bed().migrate(0n);
    const frame = request();
    bed().gives(ALICE.port, frame, [[M2.port, routed(frame, M2.node, true)]]);
  });
  it('refuses an address without a home', () => {
    bed().allow(0n, RIGHTS.READ, 0x777);
    bed().refused(REASONS.NO_ROUTE, ALICE, request({ node: 0x777 }));
  });
  it('refuses an address outside the prefix', () =>
    bed().refused(REASONS.NO_ROUTE, ALICE, sealed(damaged(request(), [39, 0xbc]))));
  it('drops an answer for nobody', () => bed().dropped(REASONS.NO_ROUTE, M1, answer({ client: 0x777 })));
  for (const hopLimit of [0, 1]) {
    it(`drops what would leave with hop limit ${hopLimit} used up`, () =>
      bed().dropped(REASONS.HOP_LIMIT, ALICE, damaged(request(), [21, hopLimit])));
  }
});
