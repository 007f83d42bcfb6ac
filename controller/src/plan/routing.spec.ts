import assert from 'node:assert/strict';
import type { Fabric, LinkSpec } from '@bluebridge/templates';
import fc from 'fast-check';
import { testFabric } from '../testing/fabric.js';
import { routeFabric } from './routing.js';

/** Switches s0.. with these links; each link has a port of its own number at both ends. */
function fabricOf(count: number, pairs: readonly (readonly [number, number])[]): Fabric {
  const [only] = testFabric.switches;
  return {
    ...testFabric,
    switches: Array.from({ length: count }, (_, i) => ({ ...only!, name: `s${i}` })),
    links: pairs.map(([a, b], i) => ({
      ends: [
        { switch: `s${a}`, port: i + 1 },
        { switch: `s${b}`, port: i + 1 },
      ],
    })),
  };
}

/** Connected graphs: a random tree, further links at will, and for each link whether it is usable. */
const graphs = fc.integer({ min: 2, max: 9 }).chain((count) =>
  fc
    .tuple(
      fc.tuple(...Array.from({ length: count - 1 }, (_, i) => fc.nat(i))),
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 10 }),
    )
    .chain(([parents, more]) => {
      const tree = parents.map((parent, i) => [parent, i + 1] as const);
      const links = [...tree, ...more.filter(([a, b]) => a !== b)];
      return fc.record({
        fabric: fc.constant(fabricOf(count, links)),
        usable: fc.array(fc.boolean(), { minLength: links.length, maxLength: links.length }),
      });
    }),
);

const neighbour = (fabric: Fabric, from: string, port: number): string => {
  const link = fabric.links.find(({ ends }) => ends.some((e) => e.switch === from && e.port === port));
  return link!.ends.find((e) => e.switch !== from)!.switch;
};
const isUsable =
  (fabric: Fabric, usable: readonly boolean[]) =>
  (link: LinkSpec): boolean =>
    usable[fabric.links.indexOf(link)]!;

/** Hops of a shortest path over some links, by trying all lengths; undefined where there is none. */
function shortest(fabric: Fabric, from: string, to: string, may: (l: LinkSpec) => boolean) {
  let reached = new Set([from]);
  for (let hops = 0; hops <= fabric.switches.length; hops++) {
    if (reached.has(to)) return hops;
    const next = new Set(reached);
    for (const link of fabric.links.filter(may)) {
      const [a, b] = link.ends;
      if (reached.has(a.switch)) next.add(b.switch);
      if (reached.has(b.switch)) next.add(a.switch);
    }
    reached = next;
  }
  return undefined;
}

describe('routeFabric', () => {
  const leafSpine = fabricOf(4, [
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
  ]);

  it('uses all paths that are equally short', () => {
    const routing = routeFabric(leafSpine);
    assert.deepEqual(routing.hops('s0', 's1'), [1, 2]);
    assert.deepEqual(routing.hops('s0', 's2'), [1]);
    assert.deepEqual(routing.hops('s2', 's3'), [1, 3]);
  });

  it('goes around a link that is not usable, and through it where there is nothing else', () => {
    const without = (...down: number[]) =>
      routeFabric(leafSpine, (link) => !down.includes(leafSpine.links.indexOf(link)));
    assert.deepEqual(without(0).hops('s0', 's1'), [2]);
    assert.deepEqual(without(0).hops('s0', 's2'), [2]);
    assert.deepEqual(without(0, 1).hops('s0', 's1'), [1, 2]);
    assert.deepEqual(without(0, 1).hops('s2', 's1'), [3]);
  });

  it('uses several links between the same two', () => {
    assert.deepEqual(
      routeFabric(
        fabricOf(2, [
          [0, 1],
          [1, 0],
        ]),
      ).hops('s0', 's1'),
      [1, 2],
    );
  });

  it('never goes in a circle, whichever of the next hops are taken and whatever is not usable', () => {
    fc.assert(
      fc.property(graphs, ({ fabric, usable }) => {
        const routing = routeFabric(fabric, isUsable(fabric, usable));
        for (const { name: to } of fabric.switches) {
          const arrives = new Set([to]);
          const walk = (at: string, path: readonly string[]): void => {
            assert.ok(!path.includes(at), `in a circle to ${to}: ${[...path, at].join(' ')}`);
            if (arrives.has(at)) return;
            const ports = routing.hops(at, to);
            assert.ok(ports.length > 0, `${at} knows no way to ${to}`);
            for (const port of ports) walk(neighbour(fabric, at, port), [...path, at]);
            arrives.add(at);
          };
          for (const { name } of fabric.switches) walk(name, []);
        }
      }),
    );
  });

  it('takes shortest paths, all of them and no others, over usable links where those reach', () => {
    fc.assert(
      fc.property(graphs, ({ fabric, usable }) => {
        const may = isUsable(fabric, usable);
        const routing = routeFabric(fabric, may);
        for (const { name: from } of fabric.switches) {
          for (const { name: to } of fabric.switches) {
            if (from === to) continue;
            const reaches = shortest(fabric, from, to, may) !== undefined;
            const over = reaches ? may : () => true;
            const best = shortest(fabric, from, to, over)!;
            const expected = fabric.links
              .filter(over)
              .flatMap(({ ends: [a, b] }) => [
                { from: a, to: b.switch },
                { from: b, to: a.switch },
              ])
              .filter((way) => way.from.switch === from)
              .filter((way) => shortest(fabric, way.to, to, over) === best - 1)
              .map((way) => way.from.port)
              .sort((a, b) => a - b);
            assert.deepEqual(routing.hops(from, to), expected);
          }
        }
      }),
    );
  });

  it('floods along a tree that reaches every switch once, over usable links where they connect', () => {
    fc.assert(
      fc.property(graphs, ({ fabric, usable }) => {
        const may = isUsable(fabric, usable);
        const routing = routeFabric(fabric, may);
        const edges = fabric.links.filter(({ ends: [a] }) => routing.flood(a.switch).includes(a.port));
        for (const { ends } of fabric.links) {
          const [a, b] = ends.map((end) => routing.flood(end.switch).includes(end.port));
          assert.equal(a, b, 'both ends of a link flood into it, or none');
        }
        assert.equal(edges.length, fabric.switches.length - 1);
        for (const { name } of fabric.switches) {
          assert.notEqual(
            shortest(fabric, 's0', name, (l) => edges.includes(l)),
            undefined,
          );
          const connected = shortest(fabric, 's0', name, may) !== undefined;
          const inTree = shortest(fabric, 's0', name, (l) => edges.includes(l) && may(l)) !== undefined;
          assert.equal(inTree, connected);
        }
      }),
    );
  });
});
