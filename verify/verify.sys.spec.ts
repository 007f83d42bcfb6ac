import assert from 'node:assert/strict';
import { FAULTS, RUNS } from './runs.js';
import { visit } from './spin.js';

// Needs Debian's spin and gcc; the runs themselves, at full size, are `npm run verify:coherence`.
describe('the protocol, as Spin sees it', function () {
  this.timeout(300_000);

  for (const fault of FAULTS) {
    it(`finds it: ${fault.name}`, () => {
      const { errors, error, trail } = visit(fault);
      assert.equal(errors, 1);
      assert.match(error!, /assertion violated|invalid end state/);
      if (fault.model === 'coherence.pml') assert.ok(trail.length > 5, 'the steps that lead there are told');
    });
  }

  it('finds nothing in the protocol as it is, in small bounds', () => {
    for (const model of ['coherence.pml', 'progress.pml'] as const) {
      const defines = ['-DNUMBERS=2', '-DBEGINS=2', '-DPASSES=3', '-DWRITES=1', '-DWANTS=1', '-DLOSSES=1'];
      const { errors, complete, states } = visit({ model, defines });
      assert.deepEqual({ errors, complete }, { errors: 0, complete: true });
      assert.ok(states > 100);
    }
  });

  it('is asked for all that it is to hold under', () => {
    const all = RUNS.map(({ name }) => name).join(' ');
    for (const word of ['SWMR', 'data value', 'no stuck state', 'crashes', 'restarts'])
      assert.match(all, new RegExp(word));
  });
});
