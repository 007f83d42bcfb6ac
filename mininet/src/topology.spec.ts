import assert from 'node:assert/strict';
import { parseFabric } from '@bluebridge/templates';
import fc from 'fast-check';
import { MininetError } from './errors.js';
import {
  defaultHosts,
  type HostCounts,
  MAX_HOSTS,
  type Named,
  namedSpec,
  parseTopology,
} from './topology.js';

const singleSpec = (hosts: HostCounts): string => namedSpec({ kind: 'single' }, hosts);

const usage = (message: RegExp) => (error: unknown) =>
  error instanceof MininetError && error.code === 'MININET_USAGE' && message.test(error.message);

describe('parseTopology', () => {
  it('takes single, and files by their look', () => {
    assert.deepEqual(parseTopology('single'), { kind: 'single' });
    for (const file of ['rack.yaml', 'rack.yml', 'rack.json', 'examples/rack']) {
      assert.deepEqual(parseTopology(file), { kind: 'spec', file });
    }
  });

  it('takes linear and leaf-spine with their numbers of switches', () => {
    assert.deepEqual(parseTopology('linear,3'), { kind: 'linear', edges: 3 });
    assert.deepEqual(parseTopology('leaf-spine,4,2'), { kind: 'leaf-spine', edges: 4, spines: 2 });
  });

  it('says which numbers are missing, wrong or too many', () => {
    for (const text of ['linear', 'linear,x', 'linear,0', 'linear,1,2']) {
      assert.throws(() => parseTopology(text), usage(/expected numbers of switches, for example linear,3/));
    }
    for (const text of ['leaf-spine', 'leaf-spine,4', 'leaf-spine,4,0', 'leaf-spine,1.5,2']) {
      assert.throws(() => parseTopology(text), usage(/for example leaf-spine,4,2 \(leaves, spines\)/));
    }
    assert.throws(() => parseTopology('leaf-spine,63,2'), usage(/found 65 switches .* at most 64/));
  });

  it('says what there is instead of what it does not know', () => {
    for (const text of ['', 'ring', 'single,4']) {
      assert.throws(
        () => parseTopology(text),
        usage(/expected single, linear,N, leaf-spine,L,S, or a specification file/),
      );
    }
  });
});

describe('namedSpec, single', () => {
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

describe('namedSpec, several switches', () => {
  const made = (topology: Named, hosts = defaultHosts(topology)) => parseFabric(namedSpec(topology, hosts));
  const cables = (fabric: ReturnType<typeof made>) =>
    fabric.links.map(({ ends: [a, b] }) => `${a.switch}:${a.port} ${b.switch}:${b.port}`);

  it('joins every leaf to every spine, and deals hosts out to the leaves', () => {
    const fabric = made({ kind: 'leaf-spine', edges: 2, spines: 2 });
    assert.deepEqual(
      fabric.switches.map((s) => s.name),
      ['leaf1', 'leaf2', 'spine1', 'spine2'],
    );
    assert.deepEqual(cables(fabric), [
      'leaf1:257 spine1:257',
      'leaf1:258 spine2:257',
      'leaf2:257 spine1:258',
      'leaf2:258 spine2:258',
    ]);
    assert.deepEqual(
      [...fabric.servers, ...fabric.clients].map((h) => [h.name, h.switch, h.port]),
      [
        ['h1', 'leaf1', 1],
        ['h2', 'leaf2', 1],
        ['h3', 'leaf1', 2],
        ['h4', 'leaf2', 2],
      ],
    );
  });

  it('makes a chain of linear', () => {
    assert.deepEqual(cables(made({ kind: 'linear', edges: 3 })), ['s1:258 s2:257', 's2:258 s3:257']);
    assert.deepEqual(cables(made({ kind: 'linear', edges: 1 })), []);
  });

  it('is valid for every number of switches and hosts', () => {
    const topology: fc.Arbitrary<Named> = fc.oneof(
      fc.record({ kind: fc.constant('linear' as const), edges: fc.integer({ min: 1, max: 64 }) }),
      fc.record({
        kind: fc.constant('leaf-spine' as const),
        edges: fc.integer({ min: 1, max: 40 }),
        spines: fc.integer({ min: 1, max: 24 }),
      }),
    );
    fc.assert(
      fc.property(topology, fc.integer({ min: 1, max: 127 }), fc.nat(128), (t, servers, clients) => {
        const fabric = made(t, { servers, clients });
        assert.deepEqual([fabric.servers.length, fabric.clients.length], [servers, clients]);
      }),
      { numRuns: 20 },
    );
  });
});
