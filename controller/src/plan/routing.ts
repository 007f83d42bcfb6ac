import type { Fabric, LinkSpec } from '@bluebridge/templates';

/** How frames find their way between the switches of a fabric. Pure; follows from the links and from which of them are to be used. */
export interface Routing {
  /** Ports of `from` that are the next hop of a shortest path to `to`, ascending; never empty. */
  hops(from: string, to: string): readonly number[];
  /** Ports of a switch to others by which flooded frames go: those of a spanning tree, ascending. */
  flood(name: string): readonly number[];
}

/** A way from one switch to its neighbour. */
interface Way {
  readonly port: number;
  readonly to: string;
  readonly usable: boolean;
}

/**
 * Shortest paths and a spanning tree over the links of a fabric. Links that are not usable are avoided wherever there is another way: a switch that has none left keeps
 * the shortest paths over all links, so that a wrong suspicion loses nothing and a right one loses what is lost anyway.
 *
 * No path is a circle: towards a destination, whoever reaches it over usable links has only next hops that do so and are nearer; whoever does not has only next hops that are
 * nearer over all links, until it comes to one that does.
 */
export function routeFabric(fabric: Fabric, isUsable: (link: LinkSpec) => boolean = () => true): Routing {
  const ways = waysOf(fabric, isUsable);
  const tree = spanningTree(fabric, isUsable);
  const towards = new Map<string, ReadonlyMap<string, readonly number[]>>();
  for (const { name } of fabric.switches) towards.set(name, nextHops(ways, name));
  return {
    hops: (from, to) => towards.get(to)?.get(from) ?? [],
    flood: (name) => tree.get(name) ?? [],
  };
}

type Ways = ReadonlyMap<string, readonly Way[]>;

function waysOf({ switches, links }: Fabric, isUsable: (link: LinkSpec) => boolean): Ways {
  const ways = new Map<string, Way[]>(switches.map(({ name }) => [name, []]));
  for (const link of links) {
    const [a, b] = link.ends;
    const usable = isUsable(link);
    ways.get(a.switch)?.push({ port: a.port, to: b.switch, usable });
    ways.get(b.switch)?.push({ port: b.port, to: a.switch, usable });
  }
  return ways;
}

/** Ports by switch that lead nearer to `destination`. */
function nextHops(ways: Ways, destination: string): Map<string, number[]> {
  const near = distances(ways, destination, (way) => way.usable);
  const far = distances(ways, destination, () => true);
  const hops = new Map<string, number[]>();
  for (const [name, own] of ways) {
    const known = near.has(name);
    const distance = known ? near : far;
    const mine = distance.get(name) ?? 0;
    const ports = own
      .filter((way) => (known ? way.usable : true) && distance.get(way.to) === mine - 1)
      .map(({ port }) => port);
    hops.set(name, ports.sort(ascending));
  }
  return hops;
}

/** Breadth first: how many hops each switch is away. */
function distances(ways: Ways, from: string, mayUse: (way: Way) => boolean): Map<string, number> {
  const distance = new Map([[from, 0]]);
  // A map is walked in the order of insertion, also what is inserted on the way.
  for (const [name, hops] of distance) {
    for (const way of ways.get(name) ?? []) {
      if (mayUse(way) && !distance.has(way.to)) distance.set(way.to, hops + 1);
    }
  }
  return distance;
}

/** Kruskal's, usable links first: the tree that differs least when one of them fails. */
function spanningTree(
  { switches, links }: Fabric,
  isUsable: (link: LinkSpec) => boolean,
): Map<string, number[]> {
  const tree = new Map<string, number[]>(switches.map(({ name }) => [name, []]));
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    for (let up = parent.get(at); up !== undefined; up = parent.get(at)) at = up;
    return at;
  };
  for (const link of [...links.filter(isUsable), ...links.filter((l) => !isUsable(l))]) {
    const [a, b] = link.ends;
    const [from, to] = [root(a.switch), root(b.switch)];
    if (from === to) continue;
    parent.set(from, to);
    tree.get(a.switch)?.push(a.port);
    tree.get(b.switch)?.push(b.port);
  }
  for (const ports of tree.values()) ports.sort(ascending);
  return tree;
}

const ascending = (a: number, b: number): number => a - b;
