import assert from 'node:assert/strict';
import fc from 'fast-check';
import { initSpec } from './init.js';
import { parseFabric } from './load.js';

describe('initSpec', () => {
  it('writes a specification of just that size, with wires that do not collide', () => {
    const sizes = fc
      .integer({ min: 1, max: 99 })
      .chain((servers) => fc.tuple(fc.constant(servers), fc.integer({ min: 0, max: 99 - servers })));
    fc.assert(
      fc.property(sizes, ([servers, clients]) => {
        const fabric = parseFabric(initSpec({ name: 'lab', servers, clients }));
        assert.equal(fabric.name, 'lab');
        assert.equal(fabric.servers.length, servers);
        assert.equal(fabric.clients.length, clients);
        for (const host of [...fabric.servers, ...fabric.clients]) assert.ok(host.wires);
      }),
      { numRuns: 25 },
    );
  });

  it('says what size it can do', () => {
    assert.throws(() => initSpec({ servers: 0, clients: 1 }), {
      name: 'RangeError',
      message: 'servers: found 0, expected a whole number from 1 to 99',
    });
    assert.throws(() => initSpec({ servers: 90, clients: 10 }), {
      message: 'clients: found 10, expected a whole number from 0 to 9',
    });
    assert.throws(() => initSpec({ servers: 1.5, clients: 1 }), RangeError);
  });
});
