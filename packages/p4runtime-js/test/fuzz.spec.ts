import assert from 'node:assert/strict';
import { fuzz } from './support/fuzz.js';
import { mutate, random } from './support/mutate.js';

describe('mutated messages', () => {
  it('neither crash nor hang the server, and change nothing when they are refused', async () => {
    const { statuses, findings } = await fuzz({ seed: 7, rounds: 300 });
    assert.deepEqual(findings, []);
    assert.equal(
      Object.values(statuses).reduce((sum, count) => sum + count, 0),
      300,
    );
    // Both sides of the checks were reached.
    assert.ok(statuses[0]! > 0 && Object.keys(statuses).length > 2, JSON.stringify(statuses));
  });

  it('are determined by their seed', () => {
    const run = () => {
      const next = random(5);
      return Array.from({ length: 50 }, () => mutate(Buffer.from('some bytes'), next).toString('hex'));
    };
    assert.deepEqual(run(), run());
  });
});
