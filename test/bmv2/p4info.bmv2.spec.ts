import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type Fabric, generate, loadFabric } from '@bluebridge/templates';
import { formatP4Info } from 'p4runtime-js';
import { fabricOf } from '../coherence/fabric.js';
import { p4infoByP4c } from './support/programs.js';
import { quickstart } from './support/rig.js';

const variants: readonly (readonly [string, (fabric: Fabric) => Fabric])[] = [
  ['the quick start', (f) => f],
  [
    'no features',
    (f) => ({
      ...f,
      features: { ordinaryTraffic: false, refusalLog: false, broadcast: false, protection: 'permissions' },
    }),
  ],
  ['no ordinary traffic', (f) => ({ ...f, features: { ...f.features, ordinaryTraffic: false } })],
  ['no log of refusals', (f) => ({ ...f, features: { ...f.features, refusalLog: false, broadcast: false } })],
  [
    'other sizes',
    (f) => ({ ...f, pageSize: 65536, tables: { sources: 7, permissions: 123_456, routes: 1, stations: 5 } }),
  ],
];

// Only where p4c is installed; test/conformance compares with what it made of two of them.
if (process.env.BLUEBRIDGE_P4C) {
  describe("P4Info of rendered programs is p4c's, byte for byte", function () {
    this.timeout(60_000);
    for (const [name, change] of variants) {
      it(name, async () => {
        const fabric = change(await quickstart());
        assert.equal(formatP4Info(generate(fabric, { target: 'bmv2' }).p4info), p4infoByP4c(fabric));
      });
    }

    for (const mode of ['msi', 'home'] as const) {
      it(`a coherent fabric, mode ${mode}`, () => {
        const fabric = fabricOf(mode);
        assert.equal(formatP4Info(generate(fabric, { target: 'bmv2' }).p4info), p4infoByP4c(fabric));
      });
    }

    it('a fabric of several switches', async () => {
      const fabric = await loadFabric(
        fileURLToPath(new URL('../../examples/leaf-spine.yaml', import.meta.url)),
      );
      assert.equal(formatP4Info(generate(fabric, { target: 'bmv2' }).p4info), p4infoByP4c(fabric));
    });
  });
}
