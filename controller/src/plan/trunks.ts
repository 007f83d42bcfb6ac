import {
  type ClientSpec,
  FABRIC_ACTIONS,
  FABRIC_TABLES,
  type Fabric,
  PATHS_PROFILE,
  type ServerSpec,
} from '@bluebridge/templates';
import type { MatchValue, PlannedEntry } from './entry.js';
import { switchNumber, trunksOf } from './place.js';
import type { Routing } from './routing.js';

/** Members and groups of the action profile, as entries of a table of that name: match by `member` or `group`. */
export const MEMBER = 'member';
export const GROUP = 'group';

/** What a switch among several holds besides: its trunks, who may speak through them, which addresses are elsewhere, and how to get there. */
export function planTrunks(fabric: Fabric, at: string, routing: Routing): PlannedEntry[] {
  const remote = <H extends ClientSpec | ServerSpec>(hosts: readonly H[]) =>
    hosts.filter((h) => h.switch !== at);
  return [
    ...trunksOf(fabric, at).map(trunk),
    ...remote(fabric.clients).map(origin),
    ...remote([...fabric.servers, ...fabric.clients]).map((host) =>
      homeElsewhere(fabric, { value: BigInt(host.node) << 64n, prefix: 16 }, host.switch),
    ),
    ...planPaths(fabric, at, routing),
  ];
}

/** How to come to every other switch: one member a trunk, one group and one next hop a switch. Only the groups change with the routing. */
export function planPaths(fabric: Fabric, at: string, routing: Routing): PlannedEntry[] {
  const others = fabric.switches.filter(({ name }) => name !== at);
  return [
    ...trunksOf(fabric, at).map(member),
    ...others.flatMap(({ name }) => {
      const number = switchNumber(fabric, name);
      return [group(number, routing.hops(at, name)), nextHop(number)];
    }),
  ];
}

/** `node ++ pointer` of that prefix is at home at another switch. */
export function homeElsewhere(fabric: Fabric, home: MatchValue, name: string): PlannedEntry {
  return {
    table: FABRIC_TABLES.homes.name,
    match: { [FABRIC_TABLES.homes.keys.home]: home },
    action: FABRIC_ACTIONS.elsewhere.name,
    params: { destination: switchNumber(fabric, name) },
  };
}

/** It is at home at this one. */
export const homeHere = (home: MatchValue): PlannedEntry => ({
  table: FABRIC_TABLES.homes.name,
  match: { [FABRIC_TABLES.homes.keys.home]: home },
  action: FABRIC_ACTIONS.here.name,
  params: {},
});

const trunk = (port: number): PlannedEntry => ({
  table: FABRIC_TABLES.trunks.name,
  match: { [FABRIC_TABLES.trunks.keys.port]: BigInt(port) },
  action: FABRIC_ACTIONS.trunk.name,
  params: {},
});

const origin = ({ node, domain }: ClientSpec): PlannedEntry => ({
  table: FABRIC_TABLES.origins.name,
  match: { [FABRIC_TABLES.origins.keys.node]: BigInt(node) },
  action: FABRIC_ACTIONS.admitted.name,
  params: { domain: BigInt(domain) },
});

const member = (port: number): PlannedEntry => ({
  table: PATHS_PROFILE,
  match: { [MEMBER]: BigInt(port) },
  action: FABRIC_ACTIONS.hop.name,
  params: { port: BigInt(port) },
});

/** Members are called by their ports; the value is their weight. */
const group = (number: bigint, ports: readonly number[]): PlannedEntry => ({
  table: PATHS_PROFILE,
  match: { [GROUP]: number },
  action: '',
  params: Object.fromEntries(ports.map((port) => [String(port), 1n])),
});

const nextHop = (number: bigint): PlannedEntry => ({
  table: FABRIC_TABLES.nextHops.name,
  match: { [FABRIC_TABLES.nextHops.keys.destination]: number },
  action: '',
  params: { [GROUP]: number },
});
