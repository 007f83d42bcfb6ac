import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import { ALICE, answer, BOB, M1, M2, request } from './frames.js';
import { describeProgram } from './testbed.js';

const { Kind } = wire;

describeProgram('role', (bed) => {
  it('drops a reply of a client', () =>
    bed().dropped(REASONS.BAD_OPERATION, ALICE, answer({ node: ALICE.node, client: BOB.node })));
  it('drops a NACK of a client', () =>
    bed().dropped(
      REASONS.BAD_OPERATION,
      ALICE,
      answer({ kind: Kind.NACK, node: ALICE.node, client: BOB.node }),
    ));
  it('refuses a request of a server', () =>
    bed().refused(REASONS.BAD_OPERATION, M1, request({ client: M1.node, node: M2.node })));
});
