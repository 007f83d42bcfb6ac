import assert from 'node:assert/strict';
import type { Fabric } from '@bluebridge/templates';
import fc from 'fast-check';
import { Intent } from '../intent/intent.js';
import { severalSwitches as fabric } from '../testing/several.js';
import type { PlannedEntry } from './entry.js';
import { switchOf } from './place.js';
import { planFlood, planSwitch } from './plan.js';
import { GROUP } from './trunks.js';

const of = (entries: readonly PlannedEntry[], table: string) => entries.filter((e) => e.table === table);
const PAGE = 4096n;
const CAPACITY = 16;

/** Longest prefix of an 80-bit key, as the switch looks it up. */
function longest(entries: readonly PlannedEntry[], key: bigint): PlannedEntry | undefined {
  const prefixOf = (e: PlannedEntry) => Object.values(e.match)[0] as { value: bigint; prefix: number };
  return entries
    .filter((e) => {
      const { value, prefix } = prefixOf(e);
      return key >> BigInt(80 - prefix) === value >> BigInt(80 - prefix);
    })
    .sort((a, b) => prefixOf(b).prefix - prefixOf(a).prefix)[0];
}

/** The switch that says "here" of an address, whoever is asked first and whichever path is taken, and the node that it goes to. */
function arrival(planned: ReadonlyMap<string, PlannedEntry[]>, from: string, key: bigint) {
  const [ends, seen] = [new Set<string>(), new Set<string>()];
  let node = -1n;
  const walk = (at: string): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const entries = planned.get(at)!;
    const home = longest(of(entries, 'homes'), key);
    if (home?.action !== 'elsewhere') {
      const route = longest(of(entries, 'routes'), key);
      assert.ok(route, `${at} has no route`);
      node = route.params.node ?? key >> 64n;
      ends.add(at);
      return;
    }
    const hop = of(entries, 'next_hops').find((e) => e.match['meta.destination'] === home.params.destination);
    const group = of(entries, 'paths').find((e) => e.match[GROUP] === hop?.params[GROUP]);
    for (const port of Object.keys(group!.params)) {
      const link = fabric.links.find(({ ends }) =>
        ends.some((e) => e.switch === at && e.port === Number(port)),
      );
      walk(link!.ends.find((e) => e.switch !== at)!.switch);
    }
  };
  walk(from);
  return { ends: [...ends], node };
}

function planAll(intent: Intent): ReadonlyMap<string, PlannedEntry[]> {
  return new Map(intent.fabric.switches.map(({ name }) => [name, planSwitch(intent, name)]));
}

describe('the plan of several switches', () => {
  const planned = planAll(new Intent(fabric));

  it('lets a node speak at its own switch only, and tells the others in whose name it asks', () => {
    const who = (name: string, table: string) =>
      of(planned.get(name)!, table).map((e) => Number(Object.values(e.match).at(-1)));
    assert.deepEqual(who('leaf1', 'source_guard'), [1, 0x101]);
    assert.deepEqual(who('leaf1', 'origins'), [2, 3]);
    assert.deepEqual(who('spine1', 'source_guard'), []);
    assert.deepEqual(who('spine1', 'origins'), [1, 2, 3]);
  });

  it('trusts the ports between switches, and no others', () => {
    const trunks = of(planned.get('leaf1')!, 'trunks').map((e) => Object.values(e.match)[0]);
    assert.deepEqual(trunks, [101n, 102n]);
  });

  it('puts a permission at the switch that the memory is attached to, and nowhere else', () => {
    const intent = new Intent(fabric);
    intent.allocations.adopt(0x101, { start: 0n, end: PAGE }, 1);
    const holders = [...planAll(intent)].filter(([, e]) => of(e, 'permission').length > 0);
    assert.deepEqual(
      holders.map(([name]) => name),
      ['leaf1'],
    );
  });

  it('sends ordinary traffic the shortest way, and floods it along a tree', () => {
    const ports = (name: string) => of(planned.get(name)!, 'stations').map((e) => Number(e.params.port));
    assert.deepEqual(ports('leaf1').slice(0, 3), [1, 101, 3]);
    assert.deepEqual(ports('spine1'), [1, 2, 1, 2, 2]);
    assert.deepEqual(planFlood(fabric, 'leaf1'), [1, 3, 101, 102]);
    assert.deepEqual(planFlood(fabric, 'spine2'), [1]);
  });

  it('knows no station where ordinary traffic is broadcast', () => {
    const features = { ...fabric.features, broadcast: true };
    const intent = new Intent({ ...fabric, features } as Fabric);
    assert.deepEqual(of(planSwitch(intent, 'leaf1'), 'stations'), []);
  });

  /** Allocations of a page or more, and ranges that moved, anywhere. */
  const range = fc
    .tuple(fc.nat(CAPACITY - 1), fc.integer({ min: 1, max: 6 }))
    .map(([start, pages]) => ({ start: BigInt(start) * PAGE, end: BigInt(start + pages) * PAGE }));
  const node = fc.constantFrom(0x101, 0x102);
  const moves = fc.array(fc.record({ node, range, to: node }), { maxLength: 6 });
  const allocations = fc.array(fc.record({ node, range }), { maxLength: 6 });

  it('brings every address from every switch to the server that has it, with its permission', () => {
    fc.assert(
      fc.property(moves, allocations, (moved, allocated) => {
        const intent = new Intent(fabric);
        let generation = 0n;
        for (const a of allocated) {
          intent.allocations.allocated(a.node, a.range, 1, { incarnation: 1n, generation: ++generation });
        }
        for (const m of moved) intent.moves.move(m.node, m.range, m.to);
        const all = planAll(intent);
        for (const { node } of fabric.servers) {
          for (let page = 0n; page < CAPACITY; page++) {
            const pointer = page * PAGE;
            const key = (BigInt(node) << 64n) | pointer;
            const target = intent.moves.homeOf(node, pointer) ?? node;
            const home = switchOf(fabric, target)!;
            for (const { name } of fabric.switches) {
              const { ends, node: arrived } = arrival(all, name, key);
              assert.deepEqual([ends, arrived], [[home], BigInt(target)]);
            }
            const owned = intent.allocations.find(node, { start: pointer, end: pointer + PAGE });
            const may = of(all.get(home)!, 'permission').some((e) => {
              const p = e.match['hdr.ipv6.dst_pointer'] as { value: bigint; prefix: number };
              const bits = BigInt(64 - p.prefix);
              return e.match['hdr.ipv6.dst_node'] === BigInt(node) && pointer >> bits === p.value >> bits;
            });
            assert.equal(may, owned !== undefined);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
