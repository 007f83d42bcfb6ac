import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { BB_VERSION, KINDS, OPS, REASONS, RIGHTS } from '@bluebridge/templates';

// The switch program and the endpoints may not import each other, so the numbers of docs/protocol.md stand in both.
describe('the numbers of the protocol', () => {
  it('are the same in the switch program and in the endpoints', () => {
    assert.equal(BB_VERSION, wire.PROTOCOL_VERSION);
    assert.deepEqual(OPS, wire.Op);
    assert.deepEqual(KINDS, wire.Kind);
    const { NONE: _right, ...rights } = RIGHTS;
    assert.deepEqual(rights, wire.Right);
    const { NONE: _reason, ...reasons } = REASONS;
    for (const [name, code] of Object.entries(reasons)) {
      assert.equal(wire.reasonName(code), name, `reason ${code}`);
    }
  });
});
