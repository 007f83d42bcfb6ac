import { type Fabric, RIGHTS, TABLES } from '@bluebridge/templates';
import type { Allocations } from '../intent/allocations.js';
import type { PlannedEntry } from '../plan/entry.js';
import { rangeOf } from '../plan/prefixes.js';

/**
 * Learn from a switch's permission entries who owns what and what was shared, so that a controller that restarts goes on where it
 * left off. What makes no sense (a share without an owner, a node or a domain that the fabric does not have) is not adopted, and the
 * next difference deletes it.
 */
export function adoptPermissions(
  fabric: Fabric,
  allocations: Allocations,
  entries: readonly PlannedEntry[],
): void {
  const nodes = new Set(fabric.servers.map((s) => s.node));
  const domains = new Set(fabric.clients.map((c) => c.domain));
  const known = entries.map(parsed).filter((p) => p && nodes.has(p.node) && domains.has(p.domain));
  for (const p of known) {
    if (p && (p.rights & RIGHTS.OWNER) !== 0) allocations.adopt(p.node, p.range, p.domain);
  }
  for (const p of known) {
    if (!p || (p.rights & RIGHTS.OWNER) !== 0) continue;
    const allocation = allocations.find(p.node, p.range);
    if (allocation) allocations.share(allocation, p.domain, { ...p.range, rights: p.rights });
  }
}

function parsed({ table, match, params }: PlannedEntry) {
  const { name, keys } = TABLES.permission;
  const pointer = match[keys.pointer];
  if (table !== name || params.rights === undefined) return undefined;
  const prefix =
    typeof pointer === 'object' ? { value: pointer.value, length: pointer.prefix } : { value: 0n, length: 0 };
  return {
    node: Number(match[keys.node]),
    domain: Number(match[keys.domain]),
    range: rangeOf(prefix),
    rights: Number(params.rights),
  };
}
