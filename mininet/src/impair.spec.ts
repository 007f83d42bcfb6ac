import assert from 'node:assert/strict';
import { parseFabric } from '@bluebridge/templates';
import { MininetError } from './errors.js';
import { impairLinks, parseImpairment } from './impair.js';
import { defaultHosts, type Named, namedSpec } from './topology.js';

const usage = (message: RegExp) => (error: unknown) =>
  error instanceof MininetError && error.code === 'MININET_USAGE' && message.test(error.message);
const topology: Named = { kind: 'leaf-spine', edges: 2, spines: 1 };
const fabric = parseFabric(namedSpec(topology, defaultHosts(topology)));

describe('parseImpairment', () => {
  it('takes faults of every cable, of a host, of a link', () => {
    assert.deepEqual(parseImpairment('loss=0.01,delayMs=2'), { impair: { loss: 0.01, delayMs: 2 } });
    assert.deepEqual(parseImpairment('h3:reorder=1'), { where: 'h3', impair: { reorder: 1 } });
    assert.deepEqual(parseImpairment('leaf1-spine1:duplicate=0'), {
      where: 'leaf1-spine1',
      impair: { duplicate: 0 },
    });
  });

  it('says what no port can do, and which numbers it takes', () => {
    assert.throws(
      () => parseImpairment('bw=10'),
      usage(/found "bw", which no port of a switch can do; expected/),
    );
    for (const text of ['loss=2', 'loss=', 'loss', 'h1:delayMs=-1', 'delayMs=x']) {
      assert.throws(() => parseImpairment(text), usage(/found .*; expected for example loss=0.01,delayMs=2/));
    }
  });
});

describe('impairLinks', () => {
  it('makes every cable worse, or the one that is named from either end', () => {
    const all = impairLinks(fabric, [parseImpairment('loss=0.1')]);
    for (const cable of [...all.servers, ...all.clients, ...all.links]) {
      assert.deepEqual(cable.impair, { loss: 0.1 });
    }
    const some = impairLinks(fabric, [
      parseImpairment('spine1-leaf2:loss=1'),
      parseImpairment('h1:delayMs=3'),
    ]);
    assert.deepEqual(
      some.links.map((link) => link.impair),
      [undefined, { loss: 1 }],
    );
    assert.deepEqual(some.servers[0]?.impair, { delayMs: 3 });
    assert.equal(some.clients[0]?.impair, undefined);
  });

  it('adds to what was there', () => {
    const both = impairLinks(fabric, [parseImpairment('loss=0.1,delayMs=1'), parseImpairment('h2:loss=0')]);
    assert.deepEqual(both.servers[1]?.impair, { loss: 0, delayMs: 1 });
  });

  it('says how cables are named when there is no such cable', () => {
    assert.throws(
      () => impairLinks(fabric, [parseImpairment('h99:loss=1')]),
      usage(/no cable h99; one is named after its host, such as h1 or leaf1-spine1/),
    );
  });
});
