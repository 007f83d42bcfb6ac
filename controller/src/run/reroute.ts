import type { Intent } from '../intent/intent.js';
import { entryKey, type PlannedEntry, sameAction } from '../plan/entry.js';
import { planFlood, planStations } from '../plan/plan.js';
import type { Routing } from '../plan/routing.js';
import { planPaths } from '../plan/trunks.js';
import { type AttachedSwitch, type Switches, Target } from './switches.js';

/**
 * Bring every attached switch to another routing. No batch may overlap it.
 *
 * Memory traffic goes over at once, group by group: what goes in a circle while some switches know and others do not is ended by its hop limit. Ordinary frames have none, so there it is
 * taken away everywhere before it is given anywhere: first the tree shrinks to what both trees have, and stations whose way changes are forgotten (they are flooded), then the new ways come.
 * @returns entries that were written
 */
export async function reroute(intent: Intent, switches: Switches, routing: Routing): Promise<number> {
  const before = intent.routing;
  intent.routing = routing;
  const { fabric } = intent;
  const here = fabric.switches.flatMap(({ name }) => switches.get(name) ?? []);
  const written = await switches.write(
    targets(here, ({ name }) => [planPaths(fabric, name, before), planPaths(fabric, name, routing)]),
  );
  if (!fabric.features.ordinaryTraffic) return written.updates;

  const stations = new Map(
    here.map(({ name }) => {
      const now = planStations(fabric, name, routing);
      return [name, differing(planStations(fabric, name, before), now)] as const;
    }),
  );
  const floods = new Map(
    here.map(({ name }) => {
      const [was, is] = [planFlood(fabric, name, before), planFlood(fabric, name, routing)];
      return [name, { was, is, both: was.filter((port) => is.includes(port)) }] as const;
    }),
  );
  const flood = (which: 'both' | 'is', than: 'was' | 'both') =>
    Promise.all(
      here.map((at) => {
        const ports = floods.get(at.name)!;
        return ports[which].length === ports[than].length ? undefined : setFlood(at, switches, ports[which]);
      }),
    );
  await flood('both', 'was');
  const gone = await switches.write(targets(here, ({ name }) => [stations.get(name)!, []]));
  await flood('is', 'both');
  const come = await switches.write(targets(here, ({ name }) => [[], stations.get(name)!]));
  return written.updates + gone.updates + come.updates;
}

function targets(
  here: readonly AttachedSwitch[],
  plan: (at: AttachedSwitch) => readonly [remove: readonly PlannedEntry[], add: readonly PlannedEntry[]],
): Map<string, Target> {
  return new Map(
    here.map((at) => {
      const target = new Target();
      const [remove, add] = plan(at);
      target.remove(remove);
      target.add(add);
      return [at.name, target];
    }),
  );
}

/** The entries of `now` that do something else than they did. */
function differing(was: readonly PlannedEntry[], now: readonly PlannedEntry[]): PlannedEntry[] {
  const before = new Map(was.map((entry) => [entryKey(entry), entry]));
  return now.filter((entry) => {
    const old = before.get(entryKey(entry));
    return !old || !sameAction(old, entry);
  });
}

async function setFlood(at: AttachedSwitch, switches: Switches, ports: readonly number[]): Promise<void> {
  try {
    await at.flood(ports);
  } catch (error) {
    switches.remove(at.name, at.link);
    at.onBroken(error);
  }
}
