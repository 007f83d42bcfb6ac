import { REASONS } from '@bluebridge/templates';
import { ALICE, answer, BOB, damaged, M1, M2, request, sealed } from './frames.js';
import { describeProgram } from './testbed.js';

describeProgram('source guard', (bed) => {
  it("drops a frame in another node's name", () =>
    bed().dropped(REASONS.SPOOFED_SOURCE, ALICE, request({ client: BOB.node })));
  it('drops a frame of a node behind another port', () =>
    bed().dropped(REASONS.SPOOFED_SOURCE, BOB, request()));
  it('drops a source outside the prefix', () =>
    bed().dropped(REASONS.SPOOFED_SOURCE, ALICE, sealed(damaged(request(), [23, 0xbc]))));
  it("drops a reply in another server's name", () =>
    bed().dropped(REASONS.SPOOFED_SOURCE, M1, answer({ node: M2.node })));
});
