import type { Fabric } from '@bluebridge/templates';
import type { Intent } from '../intent/intent.js';
import type { Leading } from './context.js';
import type { AllocationStatus, ClientStatus, ServerStatus, Status, SwitchStatus } from './operations.js';

/** What an operator sees: values of their own, which later changes leave alone. */
export function statusOf(
  fabric: Fabric,
  leading: Leading | undefined,
  electionId: bigint | undefined,
  store: Status['store'],
): Status {
  const now = leading?.intent.fabric ?? fabric;
  const switches = now.switches.map(({ name }): SwitchStatus => {
    const at = leading?.switches.get(name);
    return {
      name,
      state: at ? 'attached' : 'detached',
      entries: at?.mirror.size ?? 0,
      missing: at?.missing.size ?? 0,
    };
  });
  return {
    fabric: fabric.name,
    leading: leading !== undefined,
    electionId,
    store,
    switches,
    servers: now.servers.length,
    clients: now.clients.length,
    allocations: leading?.intent.allocations.size ?? 0,
    allocated: now.servers.reduce((sum, s) => sum + (leading?.intent.allocations.used(s.node) ?? 0n), 0n),
    capacity: now.servers.reduce((sum, s) => sum + BigInt(s.capacity), 0n),
  };
}

export function serversOf(intent: Intent): ServerStatus[] {
  const written = new Set(intent.spec.servers.map((s) => s.name));
  return intent.fabric.servers.map((s) => ({
    ...s,
    draining: intent.draining.has(s.name),
    used: intent.allocations.used(s.node),
    origin: written.has(s.name) ? 'spec' : 'operation',
  }));
}

export function clientsOf(intent: Intent): ClientStatus[] {
  const written = new Set(intent.spec.clients.map((c) => c.name));
  return intent.fabric.clients.map((c) => ({
    ...c,
    origin: written.has(c.name) ? 'spec' : 'operation',
  }));
}

export function* allocationsOf(
  intent: Intent,
  { node, domain }: { readonly node?: number; readonly domain?: number },
): Generator<AllocationStatus> {
  for (const a of intent.allocations) {
    if (node !== undefined && a.node !== node) continue;
    if (domain !== undefined && a.owner !== domain && !a.shares.has(domain)) continue;
    const shares = [...a.shares].flatMap(([d, ranges]) => ranges.map((r) => ({ domain: d, ...r })));
    yield { node: a.node, start: a.start, end: a.end, owner: a.owner, shares };
  }
}
