import { RIGHTS } from '@bluebridge/templates';
import { CPU, punted } from './frames.js';
import { describeProgram } from './testbed.js';
import { MIGRATED, vectors } from './vectors.js';

// The list that test/conformance and test/bmv2 send through other switches and programs.
describeProgram('a frame of every kind', (bed) => {
  for (const { name, from, frame, leaves, cause } of vectors()) {
    it(name, () => {
      bed().allow(MIGRATED, RIGHTS.READ).allow(0n, RIGHTS.READ, 0x777).migrate(MIGRATED);
      const up = cause === undefined ? [] : [[CPU, punted(frame, from.port, cause)] as const];
      bed().gives(from.port, frame, [...leaves, ...up]);
    });
  }
});
