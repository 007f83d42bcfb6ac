import assert from 'node:assert/strict';
import { isOlderThan } from './api-version.js';

describe('API versions', () => {
  for (const [version, older] of [
    ['1.3.0', true], // simple_switch_grpc
    ['1.0.0', true],
    ['0.9', true],
    ['', true],
    ['1.4.0-rc.5', true], // Stratum
    ['1.4-rc.1', true],
    ['1.4.0', false],
    ['1.5.0-rc.1', false],
    ['1.4.1-rc.1', false],
    ['1.10.0', false],
    ['2.0.0', false],
    ['v1.5.0', false],
  ] as const) {
    it(`${version || 'none'} is ${older ? 'older than' : 'not older than'} 1.4`, () => {
      assert.equal(isOlderThan(version, 1, 4), older);
    });
  }
});
