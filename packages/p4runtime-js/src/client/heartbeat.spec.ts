import assert from 'node:assert/strict';
import { Code, P4RuntimeError } from '../index.js';
import { Heartbeat } from './heartbeat.js';

const silence = new P4RuntimeError('no answer', Code.DEADLINE_EXCEEDED);

/** Runs a heartbeat over these answers, true for any, until it is dead or they are used up. */
function run(
  answers: readonly (boolean | P4RuntimeError)[],
): Promise<{ asked: number; dead: P4RuntimeError | undefined }> {
  return new Promise((resolve) => {
    let asked = 0;
    const heartbeat = new Heartbeat(
      async () => {
        const answer = answers[asked++];
        if (answer === undefined) {
          heartbeat.stop();
          resolve({ asked: answers.length, dead: undefined });
        } else if (answer !== true) {
          throw answer === false ? silence : answer;
        }
      },
      { intervalMs: 0, timeoutMs: 5 },
      (dead) => resolve({ asked, dead }),
    );
    heartbeat.start();
    // The heartbeat alone does not keep the process alive.
    const keep = setInterval(() => {}, 1000);
    heartbeatEnds.push(() => clearInterval(keep));
  });
}
const heartbeatEnds: (() => void)[] = [];

describe('a heartbeat', () => {
  afterEach(() => {
    for (const end of heartbeatEnds.splice(0)) end();
  });

  it('goes on while there are answers, whatever they say', async () => {
    const unimplemented = new P4RuntimeError('what is that', Code.UNIMPLEMENTED);
    assert.deepEqual(await run([true, true, unimplemented, true]), { asked: 4, dead: undefined });
  });

  it('asks again after a miss', async () => {
    assert.deepEqual(await run([true, false, true, false, true]), { asked: 5, dead: undefined });
  });

  it('is dead after two misses in a row', async () => {
    const { asked, dead } = await run([true, false, false, true]);
    assert.equal(asked, 3);
    assert.match(String(dead), /UNAVAILABLE: it stopped answering: two heartbeats of 5 ms had no answer/);
  });
});
