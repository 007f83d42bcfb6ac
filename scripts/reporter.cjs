// Mocha's dot reporter, and the counts once more in the plain form that any reader of a log understands.
const { writeFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
const { reporters, Runner } = require('mocha');

module.exports = class CountingReporter extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const line = `${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`;
      console.log(line);
      const file = process.env.BLUEBRIDGE_TEST_COUNTS;
      if (file) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `${line}\n`);
      }
    });
  }
};
