import assert from 'node:assert/strict';
import { formatP4Info } from 'p4runtime-js';
import { PROGRAMS, pairOf } from './fixtures.js';

describe('conformance with p4c: P4Info', () => {
  for (const name of PROGRAMS) {
    it(`of ${name}.p4 is p4c's, byte for byte`, () => {
      const { ours, p4c } = pairOf(name);
      assert.equal(formatP4Info(ours.p4info), p4c.p4info);
    });
  }
});
