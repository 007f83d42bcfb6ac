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
import type { PlannedEntry } from './entry.js';
import { macToBigint } from './mac.js';
import { prefixesOf } from './prefixes.js';

/** The key of the route table is node ++ pointer. */
const POINTER_BITS = 64n;
const NODE_BITS = 16;

/** All that a switch should hold. */
export function planSwitch(intent: Intent, switchName: string): PlannedEntry[] {
  const { fabric, allocations, moves } = intent;
  const entries = planHosts(fabric, switchName);
  for (const fact of [...allocations, ...moves]) entries.push(...planFact(fabric, switchName, fact));
  return entries;
}

/** What a switch should hold because of the hosts alone. */
export function planHosts(fabric: Fabric, _switchName: string): PlannedEntry[] {
  return planFabric(fabric);
}

/** What a switch should hold because of one fact of the intent. */
export function planFact(fabric: Fabric, _switchName: string, fact: Fact): PlannedEntry[] {
  return fact.kind === 'allocation' ? planPermissions([fact]) : planMove(fabric, fact);
}

/** The entries that follow from the spec alone: who may speak behind which port, where nodes and stations are. */
export function planFabric(fabric: Fabric): PlannedEntry[] {
  const hosts = [...fabric.servers, ...fabric.clients];
  return [
    ...fabric.clients.map((c) => guard(c, ACTIONS.client.name, { domain: BigInt(c.domain) })),
    ...fabric.servers.map((s) => guard(s, ACTIONS.server.name, {})),
    ...hosts.map(route),
    ...(fabric.features.ordinaryTraffic ? hosts.map(station) : []),
  ];
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
function planMove(fabric: Fabric, move: Move): PlannedEntry[] {
  const home = fabric.servers.find((s) => s.node === move.to);
  if (!home) return [];
  const { name, keys } = TABLES.routes;
  return prefixesOf(move).map(({ value, length }) => ({
    table: name,
    match: {
      [keys.home]: { value: (BigInt(move.node) << POINTER_BITS) | value, prefix: NODE_BITS + length },
    },
    action: ACTIONS.routeToNode.name,
    params: { port: BigInt(home.port), mac: macToBigint(home.mac), node: BigInt(home.node) },
  }));
}

function station(host: Host): PlannedEntry {
  const { name, keys } = TABLES.stations;
  return {
    table: name,
    match: { [keys.mac]: macToBigint(host.mac) },
    action: ACTIONS.forward.name,
    params: { port: BigInt(host.port) },
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

/** Ports that a flooded frame goes to, ascending. */
export function planFlood(fabric: Fabric): number[] {
  return [...fabric.servers, ...fabric.clients].map((host) => host.port).sort((a, b) => a - b);
}
