import assert from 'node:assert/strict';
import { parseFabric } from '@bluebridge/templates';
import fc from 'fast-check';
import { MininetError } from './errors.js';
import { MAX_HOSTS, parseTopology, singleSpec } from './topology.js';

const usage = (message: RegExp) => (error: unknown) =>
  error instanceof MininetError && error.code === 'MININET_USAGE' && message.test(error.message);

describe('parseTopology', () => {
  it('takes single, and files by their look', () => {
    assert.deepEqual(parseTopology('single'), { kind: 'single' });
    for (const file of ['rack.yaml', 'rack.yml', 'rack.json', 'examples/rack']) {
      assert.deepEqual(parseTopology(file), { kind: 'spec', file });
    }
  });

  it('says that fabrics of several switches do not exist yet', () => {
    for (const text of ['linear', 'linear,3', 'leaf-spine,4,2']) {
      assert.throws(() => parseTopology(text), usage(/has several switches, which fabrics cannot have yet/));
    }
  });

  it('says what there is instead of what it does not know', () => {
    for (const text of ['', 'ring', 'linear,x', 'leaf-spine,4', 'single,4']) {
      assert.throws(() => parseTopology(text), usage(/expected single, or a specification file/));
    }
  });
});

describe('singleSpec', () => {
  it('is a fabric of h1.. around s1, servers first', () => {
    const fabric = parseFabric(singleSpec({ servers: 2, clients: 1 }));
    assert.deepEqual(
      fabric.servers.map(({ name, node, port }) => [name, node, port]),
      [
        ['h1', 0x101, 1],
        ['h2', 0x102, 2],
      ],
    );
    assert.deepEqual(
      fabric.clients.map(({ name, node, port, switch: s }) => [name, node, port, s]),
      [['h3', 1, 3, 's1']],
    );
  });

  it('is valid for every number of hosts that it takes', () => {
    const sizes = fc
      .integer({ min: 1, max: MAX_HOSTS })
      .chain((servers) => fc.tuple(fc.constant(servers), fc.nat(MAX_HOSTS - servers)));
    fc.assert(
      fc.property(sizes, ([servers, clients]) => {
        const fabric = parseFabric(singleSpec({ servers, clients }));
        assert.deepEqual([fabric.servers.length, fabric.clients.length], [servers, clients]);
      }),
      { numRuns: 20, examples: [[[1, MAX_HOSTS - 1]], [[MAX_HOSTS, 0]]] },
    );
  });

  it('refuses none and too many', () => {
    assert.throws(
      () => singleSpec({ servers: 0, clients: 2 }),
      usage(/expected at least one: --bb-servers 1/),
    );
    assert.throws(
      () => singleSpec({ servers: 1, clients: MAX_HOSTS }),
      usage(/found 1 servers and 255 clients, expected at most 255 hosts/),
    );
  });
});
