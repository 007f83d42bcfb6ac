import {
  ACTIONS,
  type ClientSpec,
  type Fabric,
  RIGHTS,
  type ServerSpec,
  TABLES,
} from '@bluebridge/templates';
import type { Allocation } from '../intent/allocations.js';
import type { Fact, Move } from '../intent/fact.js';
import type { Intent } from '../intent/intent.js';
import type { Range } from '../intent/ranges.js';
import { type CoherencePlan, clientParams, planDirectory, planReplicas } from './coherence.js';
import type { PlannedEntry } from './entry.js';
import { macToBigint } from './mac.js';
import { isSeveral, switchOf } from './place.js';
import { prefixesOf } from './prefixes.js';
import { type Routing, routeFabric } from './routing.js';
import { homeElsewhere, homeHere, planTrunks } from './trunks.js';

/** The key of the route table is node ++ pointer. */
const POINTER_BITS = 64n;
const NODE_BITS = 16;

/** All that a switch should hold. */
export function planSwitch(intent: Intent, switchName: string): PlannedEntry[] {
  const { fabric, routing, allocations, moves, coherence } = intent;
  const entries = planHosts(fabric, switchName, routing, coherence);
  if (coherence) entries.push(...planDirectory(coherence));
  for (const fact of [...allocations, ...moves]) entries.push(...planFact(intent, switchName, fact));
  return entries;
}

/**
 * What a switch should hold because of the hosts and the links alone: who may speak behind which port, where nodes and stations are, and the ways to other switches.
 */
export function planHosts(
  fabric: Fabric,
  at: string,
  routing: Routing = routeFabric(fabric),
  coherence?: CoherencePlan,
): PlannedEntry[] {
  const here = (host: Host): boolean => host.switch === at;
  const clients = fabric.clients.filter(here);
  const servers = fabric.servers.filter(here);
  return [
    ...clients.map((c) => planClient(fabric, c, coherence)),
    ...servers.map((s) => guard(s, ACTIONS.server.name, {})),
    ...[...servers, ...clients].map(route),
    ...planStations(fabric, at, routing),
    ...(isSeveral(fabric) ? planTrunks(fabric, at, routing) : []),
    ...(coherence ? planReplicas(fabric, coherence) : []),
  ];
}

/** Who may speak as this client: behind its port, and where copies are kept, in this life of it. */
export function planClient(
  { features }: Fabric,
  client: ClientSpec,
  coherence?: CoherencePlan,
): PlannedEntry {
  const params = features.coherence
    ? clientParams(client, coherence?.sessionOf(client.node))
    : { domain: BigInt(client.domain) };
  return guard(client, ACTIONS.client.name, params);
}

/** Where ordinary traffic goes: straight to hosts of this switch, by one of the shortest paths to others. */
export function planStations(fabric: Fabric, at: string, routing: Routing): PlannedEntry[] {
  const { ordinaryTraffic, broadcast } = fabric.features;
  if (!ordinaryTraffic || broadcast) return [];
  return [...fabric.servers, ...fabric.clients].map((host) => {
    if (host.switch === at) return station(host, host.port);
    const ports = routing.hops(at, host.switch);
    return station(host, ports[host.node % ports.length] ?? host.port);
  });
}

/**
 * What a switch should hold because of one fact of the intent. The permissions of an allocation are where its memory is at home: at the switch of its node, and, where
 * parts of it have moved to servers of other switches, there too.
 */
export function planFact(intent: Intent, at: string, fact: Fact): PlannedEntry[] {
  const { fabric } = intent;
  if (fact.kind === 'move') return planMove(fabric, at, fact);
  return isHome(intent, at, fact) ? planPermissions([fact]) : [];
}

/** Entries that some switch may hold because of a fact, whichever it is: what has to go with the fact. */
export function planFactAnywhere({ fabric }: Intent, at: string, fact: Fact): PlannedEntry[] {
  return fact.kind === 'move' ? planMove(fabric, at, fact) : planPermissions([fact]);
}

function isHome({ fabric, moves }: Intent, at: string, allocation: Allocation): boolean {
  const { node } = allocation;
  if (!isSeveral(fabric) || switchOf(fabric, node) === at) return true;
  return moves.overlapping(node, allocation).some((move) => switchOf(fabric, move.to) === at);
}

type Host = ServerSpec | ClientSpec;

function guard(host: Host, action: string, params: Record<string, bigint>): PlannedEntry {
  const { name, keys } = TABLES.sourceGuard;
  return {
    table: name,
    match: { [keys.port]: BigInt(host.port), [keys.node]: BigInt(host.node) },
    action,
    params,
  };
}

/** A whole node is one prefix; answers find their client by it, too. */
function route(host: Host): PlannedEntry {
  const { name, keys } = TABLES.routes;
  return {
    table: name,
    match: { [keys.home]: { value: BigInt(host.node) << POINTER_BITS, prefix: NODE_BITS } },
    action: ACTIONS.route.name,
    params: { port: BigInt(host.port), mac: macToBigint(host.mac) },
  };
}

/** Addresses that are at home on another server than their own node: the fewest prefixes, each longer than a node's. */
function planMove(fabric: Fabric, at: string, move: Move): PlannedEntry[] {
  const home = fabric.servers.find((s) => s.node === move.to);
  if (!home) return [];
  const { name, keys } = TABLES.routes;
  const from = switchOf(fabric, move.node);
  return prefixesOf(move).flatMap(({ value, length }) => {
    const prefix = { value: (BigInt(move.node) << POINTER_BITS) | value, prefix: NODE_BITS + length };
    // Switches other than the two are told too: whoever asks is sent to the new home at once.
    if (home.switch !== at) return from === home.switch ? [] : [homeElsewhere(fabric, prefix, home.switch)];
    const here = {
      table: name,
      match: { [keys.home]: prefix },
      action: ACTIONS.routeToNode.name,
      params: { port: BigInt(home.port), mac: macToBigint(home.mac), node: BigInt(home.node) },
    };
    return from === at ? [here] : [homeHere(prefix), here];
  });
}

function station(host: Host, port: number): PlannedEntry {
  const { name, keys } = TABLES.stations;
  return {
    table: name,
    match: { [keys.mac]: macToBigint(host.mac) },
    action: ACTIONS.forward.name,
    params: { port: BigInt(port) },
  };
}

const OWNER_RIGHTS = RIGHTS.OWNER | RIGHTS.READ | RIGHTS.WRITE;

/**
 * The permission entries of some allocations: one for each owner, and for every other domain the fewest prefixes that cover
 * what was shared with it.
 */
export function planPermissions(allocations: Iterable<Allocation>): PlannedEntry[] {
  const entries: PlannedEntry[] = [];
  for (const a of allocations) {
    entries.push(...permissions(a.node, a.owner, a, OWNER_RIGHTS));
    for (const [domain, ranges] of a.shares) {
      for (const range of ranges) entries.push(...permissions(a.node, domain, range, range.rights));
    }
  }
  return entries;
}

function permissions(node: number, domain: number, range: Range, rights: number): PlannedEntry[] {
  const { name, keys } = TABLES.permission;
  return prefixesOf(range).map((prefix) => ({
    table: name,
    match: {
      [keys.domain]: BigInt(domain),
      [keys.node]: BigInt(node),
      [keys.pointer]: { value: prefix.value, prefix: prefix.length },
    },
    action: ACTIONS.allow.name,
    params: { rights: BigInt(rights) },
  }));
}

/** Ports of a switch that a flooded frame goes to, ascending: those of its hosts, and those of the spanning tree. */
export function planFlood(fabric: Fabric, at: string, routing: Routing = routeFabric(fabric)): number[] {
  const hosts = [...fabric.servers, ...fabric.clients].filter((host) => host.switch === at);
  return [...hosts.map((host) => host.port), ...routing.flood(at)].sort((a, b) => a - b);
}
