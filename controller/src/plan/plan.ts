import type { Fabric } from '@bluebridge/templates';
import type { Allocation } from '../intent/allocations.js';
import type { PlannedEntry } from './entry.js';
import { macToBigint } from './mac.js';
import { prefixesOf } from './prefixes.js';
import { RIGHTS } from './rights.js';

/** The key of the route table is node ++ pointer. */
const POINTER_BITS = 64n;
const NODE_BITS = 16;

/** The entries that follow from the spec alone: who may speak behind which port, where nodes and stations are. */
export function planFabric(fabric: Fabric): PlannedEntry[] {
  const hosts = [...fabric.servers, ...fabric.clients];
  const entries: PlannedEntry[] = [];
  for (const client of fabric.clients) {
    entries.push(guard(client, { action: 'client', params: { domain: BigInt(client.domain) } }));
  }
  for (const server of fabric.servers) entries.push(guard(server, { action: 'server', params: {} }));
  for (const host of hosts) {
    entries.push({
      table: 'routes',
      match: { 'meta.home': { value: BigInt(host.node) << POINTER_BITS, prefix: NODE_BITS } },
      action: 'route',
      params: { port: BigInt(host.port), mac: macToBigint(host.mac) },
    });
  }
  if (fabric.features.ordinaryTraffic) {
    for (const host of hosts) {
      entries.push({
        table: 'stations',
        match: { 'hdr.ethernet.dst': macToBigint(host.mac) },
        action: 'forward',
        params: { port: BigInt(host.port) },
      });
    }
  }
  return entries;
}

function guard(
  host: { port: number; node: number },
  what: { action: string; params: Record<string, bigint> },
): PlannedEntry {
  const match = {
    'standard_metadata.ingress_port': BigInt(host.port),
    'hdr.ipv6.src_node': BigInt(host.node),
  };
  return { table: 'source_guard', match, ...what };
}

/**
 * The permission entries of some allocations: one for each owner, and for every other domain the fewest prefixes that cover
 * what was shared with it.
 */
export function planPermissions(allocations: Iterable<Allocation>): PlannedEntry[] {
  const entries: PlannedEntry[] = [];
  for (const a of allocations) {
    entries.push(...permissions(a.node, a.owner, a.start, a.end, RIGHTS.OWNER | RIGHTS.READ | RIGHTS.WRITE));
    for (const [domain, ranges] of a.shares) {
      for (const r of ranges) entries.push(...permissions(a.node, domain, r.start, r.end, r.rights));
    }
  }
  return entries;
}

function permissions(
  node: number,
  domain: number,
  start: bigint,
  end: bigint,
  rights: number,
): PlannedEntry[] {
  return prefixesOf({ start, end }).map((prefix) => ({
    table: 'permission',
    match: {
      'meta.domain': BigInt(domain),
      'hdr.ipv6.dst_node': BigInt(node),
      'hdr.ipv6.dst_pointer': { value: prefix.value, prefix: prefix.length },
    },
    action: 'allow',
    params: { rights: BigInt(rights) },
  }));
}

/** Ports that a flooded frame goes to. */
export function planFlood(fabric: Fabric): number[] {
  return [...fabric.servers, ...fabric.clients].map((host) => host.port).sort((a, b) => a - b);
}
