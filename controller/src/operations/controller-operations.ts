import { type ClientSpec, type Fabric, RIGHTS, type ServerSpec } from '@bluebridge/templates';
import type { ControllerEvent, ControllerObserver } from '../events.js';
import type { Allocation } from '../intent/allocations.js';
import type { Effect } from '../intent/effect.js';
import type { Intent } from '../intent/intent.js';
import type { Range } from '../intent/ranges.js';
import type { PlannedEntry } from '../plan/entry.js';
import { planSwitch } from '../plan/plan.js';
import { tablesOf } from '../run/reconcile.js';
import type { Leading, OperationsContext } from './context.js';
import { OperationError } from './errors.js';
import { checkNewHost } from './host-checks.js';
import type { Done, Grant, Operations, Status } from './operations.js';
import { allocationsOf, clientsOf, serversOf, statusOf } from './status.js';

/** `Operations` on the controller of this process. */
export class ControllerOperations implements Operations {
  constructor(private readonly context: OperationsContext) {}

  addServer(server: ServerSpec): Promise<Done> {
    return this.change('addServer', (intent) => {
      const { fabric } = intent;
      checkNewHost(fabric, server);
      return [intent.setHosts({ ...fabric, servers: [...fabric.servers, server] }, [server.name])];
    });
  }

  removeServer(name: string, { force = false } = {}): Promise<Done> {
    return this.change('removeServer', (intent) => {
      const { fabric } = intent;
      const server = named(fabric.servers, name, 'server');
      const allocations = [...intent.allocations].filter((a) => a.node === server.node);
      const pointing = [...intent.moves].filter((m) => m.to === server.node && m.node !== server.node);
      if (!force && allocations.length + pointing.length > 0) {
        throw new OperationError(
          'IN_USE',
          `${name} has ${allocations.length} allocations and ${pointing.length} ranges of other servers; ` +
            'drain it first, or remove it by force, which takes all permissions on its memory away',
        );
      }
      const servers = fabric.servers.filter((s) => s.node !== server.node);
      const moves = [...intent.moves].filter((m) => m.to === server.node || m.node === server.node);
      return [
        ...allocations.map((a) => intent.allocations.replace(a)),
        ...moves.map((m) => intent.moves.move(m.node, m, m.node)),
        intent.setDraining(name, false),
        intent.setHosts({ ...fabric, servers }, [name]),
      ];
    });
  }

  setDraining(name: string, draining: boolean): Promise<Done> {
    return this.change('setDraining', (intent) => {
      named(intent.fabric.servers, name, 'server');
      return [intent.setDraining(name, draining)];
    });
  }

  addClient(client: ClientSpec): Promise<Done> {
    return this.change('addClient', (intent) => {
      const { fabric } = intent;
      checkNewHost(fabric, client);
      if (!(Number.isInteger(client.domain) && client.domain >= 1 && client.domain <= 0xffff)) {
        throw new OperationError('INVALID', `found domain ${client.domain}, expected 1 to 0xffff`);
      }
      return [intent.setHosts({ ...fabric, clients: [...fabric.clients, client] }, [client.name])];
    });
  }

  removeClient(name: string, { force = false } = {}): Promise<Done> {
    return this.change('removeClient', (intent) => {
      const { fabric } = intent;
      const client = named(fabric.clients, name, 'client');
      const clients = fabric.clients.filter((c) => c.node !== client.node);
      const last = !clients.some((c) => c.domain === client.domain);
      const owned = last ? [...intent.allocations].filter((a) => a.owner === client.domain).length : 0;
      if (owned > 0 && !force) {
        throw new OperationError(
          'IN_USE',
          `${name} is the last client of domain ${client.domain}, which owns ${owned} allocations; ` +
            'free them first, or remove it by force: they then stay allocated, for nobody',
        );
      }
      return [intent.setHosts({ ...fabric, clients }, [name])];
    });
  }

  grant({ node, range, client, rights }: Grant): Promise<Done> {
    return this.change('grant', (intent) => {
      if (rights === 0 || (rights & ~(RIGHTS.READ | RIGHTS.WRITE)) !== 0) {
        throw new OperationError(
          'INVALID',
          `found rights ${rights}, expected 1 (read), 2 (write) or 3 (both)`,
        );
      }
      return this.share(intent, node, range, client, rights);
    });
  }

  revoke({ node, range, client }: Omit<Grant, 'rights'>): Promise<Done> {
    return this.change('revoke', (intent) => this.share(intent, node, range, client, 0));
  }

  move({
    node,
    range,
    to,
  }: {
    readonly node: number;
    readonly range: Range;
    readonly to: string;
  }): Promise<Done> {
    return this.change('move', (intent) => {
      const { fabric } = intent;
      if (!intent.server(node)) throw notFound('server', `0x${node.toString(16)}`, fabric.servers);
      wholePages(fabric, range);
      return [intent.moves.move(node, range, named(fabric.servers, to, 'server').node)];
    });
  }

  status(): Status {
    const { fabric, electionId, store } = this.context;
    const leading = this.context.leading();
    return statusOf(fabric, leading, electionId(), store());
  }

  servers() {
    return serversOf(this.leading().intent);
  }

  clients() {
    return clientsOf(this.leading().intent);
  }

  allocations(filter: { readonly node?: number; readonly domain?: number } = {}) {
    return allocationsOf(this.leading().intent, filter);
  }

  moves() {
    return [...this.leading().intent.moves];
  }

  planned(switchName: string): PlannedEntry[] {
    const { intent } = this.leading();
    named(intent.fabric.switches, switchName, 'switch');
    return planSwitch(intent, switchName);
  }

  async actual(switchName: string): Promise<PlannedEntry[]> {
    const { intent, switches } = this.leading();
    named(intent.fabric.switches, switchName, 'switch');
    const at = switches.get(switchName);
    if (!at) throw new OperationError('UNAVAILABLE', `the switch ${switchName} is not attached now`);
    try {
      return await at.link.read(tablesOf(intent.fabric));
    } catch (error) {
      throw new OperationError('UNAVAILABLE', `the switch ${switchName} did not answer: ${error}`, {
        cause: error,
      });
    }
  }

  observe(observer: ControllerObserver): () => void {
    const { observers } = this.context;
    observers.add(observer);
    return () => void observers.delete(observer);
  }

  private leading(): Leading {
    const leading = this.context.leading();
    if (!leading) {
      throw new OperationError('NOT_LEADING', 'another controller leads this fabric; ask that one');
    }
    return leading;
  }

  private share(intent: Intent, node: number, range: Range, client: string, rights: number): Effect[] {
    const { fabric } = intent;
    const { domain } = named(fabric.clients, client, 'client');
    wholePages(fabric, range);
    const allocation = intent.allocations.find(node, range);
    if (!allocation) {
      throw new OperationError('NOT_FOUND', `no allocation holds the whole range ${inWords(node, range)}`);
    }
    if (allocation.owner === domain) {
      throw new OperationError('INVALID', `${client} owns ${inWords(node, allocation as Allocation)} itself`);
    }
    return [intent.allocations.share(allocation, domain, { ...range, rights })];
  }

  private async change(operation: string, change: (intent: Intent) => Effect[]): Promise<Done> {
    const began = performance.now();
    const tell = (code: string): void => {
      const event: ControllerEvent = { type: 'operation', operation, code, ms: performance.now() - began };
      for (const observer of this.context.observers) observer(event);
    };
    try {
      const done = await this.settle(change);
      tell('OK');
      return done;
    } catch (error) {
      tell(error instanceof OperationError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  private async settle(change: (intent: Intent) => Effect[]): Promise<Done> {
    const { engine, intent, switches } = this.leading();
    const { updates, failure } = await engine.change(change);
    if (failure?.kind === 'refused') throw new OperationError('NO_ROOM', failure.reason);
    if (failure?.kind === 'not stored') throw new OperationError('NOT_STORED', failure.reason);
    if (failure) throw new OperationError('NOT_LEADING', failure.reason);
    const names = intent.fabric.switches.map((s) => s.name);
    return { updates, pending: names.filter((name) => !switches.get(name)) };
  }
}

function wholePages(fabric: Fabric, { start, end }: Range): void {
  const page = BigInt(fabric.pageSize);
  if (start >= 0n && start < end && start % page === 0n && end % page === 0n) return;
  throw new OperationError(
    'INVALID',
    `found 0x${start.toString(16)} to 0x${end.toString(16)}, expected whole pages of ${fabric.pageSize} bytes`,
  );
}

const inWords = (node: number, { start, end }: Range): string =>
  `0x${start.toString(16)} to 0x${end.toString(16)} of node 0x${node.toString(16)}`;

/** @throws OperationError NOT_FOUND */
function named<T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T {
  const found = list.find((item) => item.name === name);
  if (!found) throw notFound(what, name, list);
  return found;
}

function notFound(what: string, name: string, list: readonly { readonly name: string }[]): OperationError {
  const names = list.map((item) => item.name).join(', ') || 'none';
  return new OperationError('NOT_FOUND', `there is no ${what} "${name}"; there are: ${names}`);
}
