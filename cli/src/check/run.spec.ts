import assert from 'node:assert/strict';
import pino from 'pino';
import { type CheckOptions, runCheck } from './run.js';

const log = pino({ level: 'silent' });
const BASE: CheckOptions = {
  ...{ clients: 4, pages: 3, operations: 600, crashes: 0, restarts: 0, seed: 1 },
  ...{ loss: 0, duplicate: 0, reorder: 0 },
};

describe('check: real clients, server, controller and switch program on one queue of events', function () {
  this.timeout(120_000);

  it('is linearizable with loss, duplication, reordering, a crash and a restart of the switch', async () => {
    const faults = { loss: 0.05, duplicate: 0.02, reorder: 0.05, crashes: 1, restarts: 1 };
    const report = await runCheck({ ...BASE, ...faults, seed: 3 }, log);
    assert.deepEqual(report.verdict.violations, []);
    // Those of the run, and each client's look at each page at the end.
    assert.equal(report.verdict.operations, 600 + 4 * 3);
    assert.ok(report.faults.lost > 0 && report.faults.duplicated > 0 && report.faults.reordered > 0);
    assert.ok(report.hits > 0 && report.probes > 0);
  });

  it('is the same run for the same seed, and another for another', async () => {
    const of = async (seed: number) => {
      const { faults, kinds, time } = await runCheck(
        { ...BASE, operations: 200, loss: 0.05, crashes: 1, restarts: 1, seed },
        log,
      );
      return { faults: { ...faults }, kinds, time };
    };
    const first = await of(7);
    assert.deepEqual(await of(7), first);
    assert.notDeepEqual(await of(8), first);
  });
});
