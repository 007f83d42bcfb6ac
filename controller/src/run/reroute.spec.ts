import assert from 'node:assert/strict';
import type { LinkSpec } from '@bluebridge/templates';
import { PATHS_PROFILE, TABLES } from '@bluebridge/templates';
import fc from 'fast-check';
import { Intent } from '../intent/intent.js';
import { entryKey, type PlannedEntry } from '../plan/entry.js';
import { TableMirror } from '../plan/mirror.js';
import { planFlood, planSwitch } from '../plan/plan.js';
import { routeFabric } from '../plan/routing.js';
import { MemoryLink } from '../testing/memory-link.js';
import { severalSwitches as fabric } from '../testing/several.js';
import { reconcile } from './reconcile.js';
import { reroute } from './reroute.js';
import { Switches } from './switches.js';

async function setUp() {
  const intent = new Intent(fabric);
  const switches = new Switches(() => {});
  const links = new Map<string, MemoryLink>();
  const flood = new Map<string, readonly number[]>();
  /** Runs after each step that can be seen: a table change or a flood group. */
  const watch = { step: () => {} };
  const broken: string[] = [];
  for (const { name } of fabric.switches) {
    const link = new MemoryLink(1000);
    const write = link.write.bind(link);
    link.write = async (changes) => {
      const refused = await write(changes);
      watch.step();
      return refused;
    };
    const at = {
      name,
      link,
      mirror: new TableMirror(),
      missing: new Set<string>(),
      flood: async (ports: readonly number[]) => {
        if (link.broken) throw new Error('the switch is gone');
        flood.set(name, ports);
        watch.step();
      },
      onBroken: () => void broken.push(name),
    };
    await reconcile(intent, switches, at, false);
    await at.flood(planFlood(fabric, name));
    switches.add(at);
    links.set(name, link);
  }
  return { intent, switches, links, flood, watch, broken };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

const held = (link: MemoryLink, table: string): PlannedEntry[] =>
  [...link.table.values()].filter((entry) => entry.table === table);
const sorted = (entries: readonly PlannedEntry[]): PlannedEntry[] =>
  [...entries].sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1));
const without = (...down: LinkSpec[]) => routeFabric(fabric, (link) => !down.includes(link));

/** The other end of a cable between switches. */
function across(name: string, port: number): string | undefined {
  for (const { ends } of fabric.links) {
    for (const [i, end] of ends.entries()) {
      if (end.switch === name && end.port === port) return ends[1 - i]!.switch;
    }
  }
  return undefined;
}

/** Follow an ordinary frame to a host: `delivered`, `lost` or `circle`, where a flooded one counts as delivered if its tree is one. */
function follow({ links, flood }: SetUp, from: string, mac: bigint, home: string): string {
  const visited = new Set<string>();
  let at = from;
  while (!visited.has(at)) {
    visited.add(at);
    const station = held(links.get(at)!, TABLES.stations.name).find(
      (e) => e.match[TABLES.stations.keys.mac] === mac,
    );
    if (!station) return floodsInACircle(flood) ? 'circle' : 'flooded';
    const next = across(at, Number(Object.values(station.params)[0]));
    if (next === undefined) return at === home ? 'delivered' : 'lost';
    at = next;
  }
  return 'circle';
}

/** Trunk ports that flood at both ends are the edges; a circle has as many edges as switches. */
function floodsInACircle(flood: ReadonlyMap<string, readonly number[]>): boolean {
  const edges = fabric.links.filter(({ ends }) =>
    ends.every((end) => flood.get(end.switch)!.includes(end.port)),
  );
  const root = new Map<string, string>();
  const of = (name: string): string => (root.has(name) ? of(root.get(name)!) : name);
  for (const { ends } of edges) {
    const [a, b] = [of(ends[0].switch), of(ends[1].switch)];
    if (a === b) return true;
    root.set(a, b);
  }
  return false;
}

describe('rerouting', () => {
  it('brings all switches to what follows from the links that are left, and writes nothing twice', async () => {
    const all = await setUp();
    const routing = without(fabric.links[0]!);
    assert.ok((await reroute(all.intent, all.switches, routing)) > 0);
    for (const { name } of fabric.switches) {
      const planned = planSwitch(all.intent, name);
      assert.deepEqual(sorted([...all.links.get(name)!.table.values()]), sorted(planned), name);
      assert.deepEqual(all.flood.get(name), planFlood(fabric, name, routing), name);
    }
    assert.equal(await reroute(all.intent, all.switches, routing), 0);
  });

  it('changes groups, and no entry of memory traffic besides', async () => {
    const all = await setUp();
    const before = new Map([...all.links].map(([name, link]) => [name, link.events.length]));
    await reroute(all.intent, all.switches, without(fabric.links[0]!));
    const leaf = all.links.get('leaf1')!;
    assert.ok(leaf.events.slice(before.get('leaf1')).length > 0);
    for (const [name, link] of all.links) {
      const rest = [...link.table.values()].filter(
        ({ table }) => table !== PATHS_PROFILE && table !== TABLES.stations.name,
      );
      const fresh = planSwitch(new Intent(fabric), name).filter(
        ({ table }) => table !== PATHS_PROFILE && table !== TABLES.stations.name,
      );
      assert.deepEqual(sorted(rest), sorted(fresh));
    }
  });

  it('sends no ordinary frame in a circle, whatever links come and go, at any step of it', async () => {
    const some = fc.subarray([...fabric.links]);
    await fc.assert(
      fc.asyncProperty(fc.array(some, { minLength: 1, maxLength: 5 }), async (states) => {
        const all = await setUp();
        const hosts = [...fabric.servers, ...fabric.clients];
        const circles: string[] = [];
        all.watch.step = () => {
          if (floodsInACircle(all.flood)) circles.push('flood');
          for (const host of hosts) {
            const mac = BigInt(`0x${host.mac.replaceAll(':', '')}`);
            for (const { name } of fabric.switches) {
              if (follow(all, name, mac, host.switch) === 'circle') circles.push(`${name} to ${host.name}`);
            }
          }
        };
        for (const down of states) await reroute(all.intent, all.switches, without(...down));
        assert.deepEqual(circles, []);
      }),
      { numRuns: 40 },
    );
  });

  it('goes on without a switch that gives no word', async () => {
    const all = await setUp();
    all.links.get('spine1')!.broken = true;
    const routing = without(...fabric.links.filter(({ ends }) => ends[1].switch === 'spine1'));
    await reroute(all.intent, all.switches, routing);
    assert.deepEqual(all.broken, ['spine1']);
    assert.equal(all.switches.get('spine1'), undefined);
    const leaf = [...all.links.get('leaf1')!.table.values()];
    assert.deepEqual(sorted(leaf), sorted(planSwitch(all.intent, 'leaf1')));
  });
});
