import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { REASONS } from '@bluebridge/templates';
import fc from 'fast-check';
import { ALICE, M2, nackOf, request, routed } from './frames.js';
import { describeProgram, PAGE } from './testbed.js';

const { Op } = wire;

describeProgram('checksums', (bed) => {
  const fields = fc.record({
    clientPort: fc.integer({ min: 1, max: 0xffff }),
    tag: fc.integer({ min: 0, max: 0xffff_ffff }),
    hint: fc.integer({ min: 0, max: 255 }),
    status: fc.integer({ min: 0, max: 255 }),
    pointer: fc.bigInt({ min: 0n, max: PAGE - 1n }),
  });
  const payload = fc.uint8Array({ maxLength: 9 });

  it('are right on every NACK', () => {
    fc.assert(
      fc.property(fields, payload, fc.integer({ min: 0, max: 0xffff }), (changes, bytes, node) => {
        const frame = request({ op: Op.WRITE, ...changes, node, length: 1 }, bytes);
        bed().gives(ALICE.port, frame, [[ALICE.port, nackOf(frame, REASONS.NO_PERMISSION)]]);
      }),
    );
  });

  it('are right on every frame under a new address', () => {
    bed().migrate(0n);
    fc.assert(
      fc.property(fields, payload, (changes, bytes) => {
        const frame = request({ ...changes, length: 1 }, bytes);
        bed().gives(ALICE.port, frame, [[M2.port, routed(frame, M2.node, true)]]);
      }),
    );
  });

  // Zero is where implementations go wrong: a checksum that comes out as 0 is sent as 0xffff (RFC 768).
  it('are 0xffff where they would be zero', () => {
    bed().migrate(0n);
    const checksum = (frame: Uint8Array) => frame[60]! * 256 + frame[61]!;
    const moved = (frame: Uint8Array) => routed(frame, M2.node, true);
    const plain = request({ tag: 0 });
    // The checksum is the complement of the sum, so that a tag of just its value completes the sum to 0xffff.
    const before = request({ tag: checksum(plain) });
    const after = request({ tag: checksum(moved(plain)) });
    assert.deepEqual([checksum(before), checksum(moved(after))], [0xffff, 0xffff]);
    for (const frame of [before, after]) bed().gives(ALICE.port, frame, [[M2.port, moved(frame)]]);
  });
});
