import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import type { CoherencePlan } from '../plan/coherence.js';
import { type Routing, routeFabric } from '../plan/routing.js';
import { Allocations } from './allocations.js';
import type { Effect } from './effect.js';
import type { Fact } from './fact.js';
import { Moves } from './moves.js';

/**
 * All that the controller wants: the hosts of the fabric (the spec's, and what operations added and removed), who owns and shares which
 * memory, and which ranges moved. Pure state; entries and records follow from it.
 */
export class Intent {
  readonly allocations = new Allocations();
  readonly moves = new Moves();
  /** Names of servers that get no new allocations. */
  readonly draining = new Set<string>();
  /** Sessions and regions, where clients keep copies. Not stored: read back from the switch. */
  coherence: CoherencePlan | undefined;
  /** The ways between switches. Which links are fit to be used is seen, not wanted; what switches should hold follows from it all the same. */
  routing: Routing;
  private current: Fabric;
  private clientsByNode = new Map<number, ClientSpec>();
  private serversByNode = new Map<number, ServerSpec>();

  /** @param spec what the user wrote */
  constructor(readonly spec: Fabric) {
    this.current = spec;
    this.fabric = spec;
    this.routing = routeFabric(spec);
  }

  /** The spec with the hosts that there are now. */
  get fabric(): Fabric {
    return this.current;
  }

  set fabric(fabric: Fabric) {
    this.current = fabric;
    this.clientsByNode = new Map(fabric.clients.map((c) => [c.node, c]));
    this.serversByNode = new Map(fabric.servers.map((s) => [s.node, s]));
    this.coherence?.follow(fabric);
  }

  client(node: number): ClientSpec | undefined {
    return this.clientsByNode.get(node);
  }

  server(node: number): ServerSpec | undefined {
    return this.serversByNode.get(node);
  }

  /** Replace the hosts. @param changed names of those that come, go or change */
  setHosts(fabric: Fabric, changed: readonly string[]): Effect {
    const before = this.current;
    this.fabric = fabric;
    return { removed: [], added: [], hosts: { before, after: fabric, changed } };
  }

  /** Whether a server gets new allocations. */
  setDraining(name: string, draining: boolean): Effect {
    if (this.draining.has(name) === draining) return { removed: [], added: [] };
    if (draining) this.draining.add(name);
    else this.draining.delete(name);
    return { removed: [], added: [], draining: name };
  }

  /** Take effects back, the last one first, with whatever was built on them since. @returns what that did */
  undo(effects: readonly Effect[]): Effect[] {
    return [...effects].reverse().map(({ removed, added, hosts, draining }) => {
      const gone: Fact[] = [];
      for (const fact of added) {
        if (fact.kind === 'allocation') gone.push(this.allocations.remove(fact) ?? fact);
        else {
          this.moves.remove(fact);
          gone.push(fact);
        }
      }
      for (const fact of removed) {
        if (fact.kind === 'allocation') this.allocations.restore(fact);
        else this.moves.restore(fact);
      }
      if (hosts) this.fabric = hosts.before;
      if (draining) this.setDraining(draining, !this.draining.has(draining));
      return {
        removed: gone,
        added: removed,
        ...(draining && { draining }),
        ...(hosts && { hosts: { ...hosts, before: hosts.after, after: hosts.before } }),
      };
    });
  }
}
