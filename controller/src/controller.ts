import { wire } from '@bluebridge/memory';
import { type Fabric, PUNTS, type SwitchSpec } from '@bluebridge/templates';
import type { P4InfoIndex, P4RuntimeClient } from 'p4runtime-js';
import type { Logger } from 'pino';
import type { CoordinatorTimers } from './coherence/coordinator.js';
import { withdrawAtHomes } from './coherence/home-withdrawals.js';
import { remembered } from './coherence/ledger.js';
import type { CoherenceService } from './coherence/service.js';
import { coherenceOf, systemTimers } from './coherence/setup.js';
import type { Withdrawal } from './coherence/withdrawals.js';
import { ControllerError } from './errors.js';
import type { ControllerEvent, ControllerObserver } from './events.js';
import type { Allocations } from './intent/allocations.js';
import { Intent } from './intent/intent.js';
import { isHello } from './liveness/hello.js';
import { ControllerOperations } from './operations/controller-operations.js';
import type { Operations } from './operations/operations.js';
import { readCounters, type SwitchCounters, sumCounters } from './p4runtime/counters.js';
import { P4RuntimeLink } from './p4runtime/link.js';
import {
  followDigests,
  installCoherenceGroup,
  installFlood,
  type Pipeline,
  pushPipeline,
  requirePrimary,
} from './p4runtime/session.js';
import { TableMirror } from './plan/mirror.js';
import { PuntHandler } from './punt/handler.js';
import { type Counted, Engine } from './run/engine.js';
import { writeGroups } from './run/groups.js';
import { Journal } from './run/journal.js';
import { type HelloOptions, LinkWatch } from './run/link-watch.js';
import { reconcile } from './run/reconcile.js';
import { ServerRequests } from './run/server-requests.js';
import { type AttachedSwitch, Switches } from './run/switches.js';
import { MemoryStore } from './store/memory-store.js';
import { ADOPTED, adoptedKey, fabricKey, fabricRecord } from './store/records.js';
import { restoreIntent } from './store/restore.js';
import type { Store } from './store/store.js';

/** What `attach` did. */
export interface AttachReport {
  /** Whether the switch ran the program already. */
  readonly pipeline: 'kept' | 'pushed';
  /** Entries that the tables should hold now, the updates that it took, and those that the switch refused. */
  readonly entries: number;
  readonly updates: number;
  readonly refused: number;
  /** Allocations that there are, learnt from the switch's own entries where nothing else knew them. */
  readonly adopted: number;
}

export interface ControllerOptions {
  readonly fabric: Fabric;
  readonly pipeline: Pipeline;
  readonly log: Logger;
  /** Where the intent is kept; in memory unless given. */
  readonly store?: Store;
  /** Whether this controller leads; it does unless told otherwise. */
  readonly mayWrite?: () => boolean;
  /** Nobody has used this fabric before: no copies of pages, of which this controller would not know, have to be waited for. */
  readonly isNew?: boolean;
  /** Of the leases of copies; the system's unless given. */
  readonly timers?: CoordinatorTimers;
  /** Between neighbouring switches. */
  readonly hello?: HelloOptions;
}

export interface AttachOptions {
  /** Put this fabric's program in the place of somebody else's. */
  readonly replace?: boolean;
  /** Name of the switch; the first of the specification unless given. */
  readonly switch?: string;
}

/** A session with a switch. */
interface Attached {
  readonly client: P4RuntimeClient;
  readonly index: P4InfoIndex;
  readonly link: P4RuntimeLink;
}

/**
 * The controller of one fabric with all its switches, a session each. Its intent outlives the sessions: after a reconnect, `attach` brings the switch, which may have
 * restarted, to what is intended. Among several switches it sees to it that frames go around links and switches that fail.
 */
export class Controller {
  readonly operations: Operations;
  private readonly fabric: Fabric;
  private readonly log: Logger;
  private readonly intent: Intent;
  private readonly journal: Journal;
  private readonly switches: Switches;
  private readonly engine: Engine;
  private readonly observers = new Set<ControllerObserver>();
  /** Since `start`, in a fabric whose switch has a directory. */
  private coherence: CoherenceService | undefined;
  private readonly requests: ServerRequests;
  private readonly sessions = new Map<string, Attached>();
  private readonly links: LinkWatch;
  /** No switch was attached to this process yet. */
  private isFirst = true;
  /** What the switches held before there was a store is in the intent. */
  private isLearnt = false;
  /** As long as it is not: the switches of which it is. */
  private readonly learntFrom = new Set<string>();
  private readonly store: Store;
  private starting: Promise<void> | undefined;
  private isStarted = false;

  constructor(private readonly options: ControllerOptions) {
    const { fabric, log, store = new MemoryStore() } = options;
    this.fabric = fabric;
    this.log = log;
    this.store = store;
    const observe = this.observe;
    this.observers.add(logEvents(log));
    this.intent = new Intent(fabric);
    this.journal = new Journal(store, this.intent, observe);
    this.switches = new Switches(observe);
    this.engine = new Engine({
      intent: this.intent,
      handler: new PuntHandler(this.intent),
      journal: this.journal,
      switches: this.switches,
      observe,
      mayWrite: options.mayWrite ?? (() => true),
      withdraw: (withdrawals) => this.withdraw(withdrawals),
    });
    this.requests = new ServerRequests({
      intent: this.intent,
      send: (frame) => this.switches.send([frame]),
      timers: options.timers ?? systemTimers,
    });
    const { intent, engine, switches } = this;
    this.links = new LinkWatch({ intent, engine, switches, observe, hello: options.hello });
    this.operations = new ControllerOperations({
      leading: () =>
        this.isStarted ? { intent: this.intent, engine: this.engine, switches: this.switches } : undefined,
      fabric,
      electionId: () => this.sessions.values().next().value?.client.electionId,
      store: () => ({
        name: store.name,
        pending: this.journal.size,
        lastError: this.journal.lastError?.message,
      }),
      observers: this.observers,
    });
  }

  private readonly observe = (event: ControllerEvent): void => {
    for (const observer of this.observers) observer(event);
  };

  get allocations(): Allocations {
    return this.intent.allocations;
  }

  /**
   * Read what is stored; `attach` does it, too. Operations are possible from then on.
   * @throws StoreError STORE_FOREIGN, STORE_CORRUPT, STORE_UNAVAILABLE
   */
  start(): Promise<void> {
    this.starting ??= this.restore();
    return this.starting;
  }

  private async restore(): Promise<void> {
    const began = performance.now();
    const records = await this.store.load();
    this.isLearnt = restoreIntent(records, this.intent);
    this.coherence = coherenceOf({
      ...{ intent: this.intent, engine: this.engine, switches: this.switches, journal: this.journal },
      ...{ log: this.log, timers: this.options.timers, isNew: this.options.isNew ?? false },
      remembered: remembered(records),
    });
    if (!records.has(fabricKey)) this.journal.put(fabricKey, fabricRecord(this.fabric));
    this.isStarted = true;
    this.observe({ type: 'loaded', records: records.size, ms: performance.now() - began });
  }

  /** What a switch held before there was a store is the store's from now on. */
  private async learnt(name: string): Promise<void> {
    this.learntFrom.add(name);
    this.isLearnt = this.fabric.switches.every((s) => this.learntFrom.has(s.name));
    this.journal.record([{ removed: [], added: [...this.allocations] }]);
    if (this.isLearnt) this.journal.put(adoptedKey, ADOPTED);
    await this.journal.flush();
  }

  /**
   * Take a switch over: its program, its entries, and from then on the frames that the program sends up.
   * @param client a session that has just been made
   * @throws ControllerError, P4RuntimeError
   */
  async attach(client: P4RuntimeClient, options: AttachOptions = {}): Promise<AttachReport> {
    await this.start();
    requirePrimary(client);
    const pipeline = await pushPipeline(client, this.options.pipeline, options.replace ?? false);
    const index = client.index!;
    const { coherence } = this;
    const link = new P4RuntimeLink(client, index, coherence !== undefined);
    const { name } = this.switchCalled(options.switch);
    const at: AttachedSwitch = {
      name,
      link,
      mirror: new TableMirror(),
      missing: new Set<string>(),
      flood: (ports) => installFlood(client, ports),
      probeGroup: (replicas) => installCoherenceGroup(client, replicas),
      onBroken: (error: unknown) => {
        this.log.error({ err: error }, 'the switch did not acknowledge a change; starting over');
        this.engine.drop();
        client.close();
      },
    };
    const report = await this.engine.exclusive(async () => {
      const { isFirst } = this;
      const learn = !this.isLearnt && !this.learntFrom.has(name);
      const reconciled = await reconcile(this.intent, this.switches, at, learn, (held) =>
        coherence?.prepare(held, isFirst),
      );
      this.isFirst = false;
      if (learn) await this.learnt(name);
      await writeGroups(this.intent, at);
      this.switches.add(at);
      return { pipeline, ...reconciled, adopted: this.allocations.size };
    });
    await followDigests(client, index, {
      ...(this.fabric.features.refusalLog && {
        refused: (refusal) => this.log.warn({ refusal }, 'refused'),
      }),
      ...(coherence && { missed: (node, pointer) => coherence.missed(node, pointer) }),
    });
    link.onPunted(name, (punted) => {
      if (isHello(punted.frame)) this.links.heard(punted);
      else if (punted.cause === PUNTS.ANSWER) this.answered(punted.frame);
      else if (!coherence?.punted(punted)) this.engine.push(punted);
    });
    this.sessions.set(name, { client, index, link });
    void client.ended.then(() => this.ended(name, link));
    this.log.info({ switch: name, address: client.address, ...report }, 'switch attached');
    await coherence?.start({ process: (frame) => link.process(frame) });
    await this.links.attached(name);
    return report;
  }

  /** A server's answer to what the controller asked of it. */
  private answered(frame: Uint8Array): void {
    const { prefix, udpPort: port } = this.fabric;
    const message = new wire.Message();
    if (wire.decodeFrame(frame, message, { prefix, port }) === undefined) this.requests.answered(message);
  }

  /** Resolves when no copy of what was taken away may be used any more. */
  private async withdraw(withdrawals: readonly Withdrawal[]): Promise<void> {
    if (this.coherence) await this.coherence.withdraw(withdrawals);
    else if (this.fabric.features.coherence) await withdrawAtHomes(this.intent, this.requests, withdrawals);
  }

  private switchCalled(name: string | undefined): SwitchSpec {
    const { switches } = this.fabric;
    const found = name === undefined ? switches[0] : switches.find((s) => s.name === name);
    if (found) return found;
    throw new RangeError(`there is no switch ${name}; there are: ${switches.map((s) => s.name).join(', ')}`);
  }

  /** What the P4 program has counted, at one switch or at all that are attached. @throws ControllerError CONTROLLER_LOST when it, or any, is not; P4RuntimeError */
  async counters(name?: string): Promise<SwitchCounters> {
    const names = name === undefined ? [...this.sessions.keys()] : [name];
    const read = names.map(async (each) => {
      const session = this.sessions.get(each);
      if (!session) throw new ControllerError('CONTROLLER_LOST', `the switch ${each} is not attached`);
      return [each, await readCounters(session.client, session.index, this.fabric)] as const;
    });
    const all = await Promise.all(read);
    if (all.length === 0) throw new ControllerError('CONTROLLER_LOST', 'no switch is attached');
    return all.length === 1 ? all[0]![1] : sumCounters(new Map(all));
  }

  private ended(name: string, link: P4RuntimeLink): void {
    this.switches.remove(name, link);
    if (this.sessions.get(name)?.link !== link) return;
    this.sessions.delete(name);
    this.coherence?.stop();
    this.links.detached(name);
  }

  /** How often each kind of punted frame was handled. */
  get handled(): ReadonlyMap<Counted, number> {
    return this.engine.counts;
  }

  /** Frames that were sent out of the switch's ports for the program. */
  get framesSent(): number {
    return [...this.sessions.values()].reduce((sum, { link }) => sum + link.framesSent, 0);
  }

  /** Let what is under way come to its end, end the session, and close the store. */
  async close(): Promise<void> {
    this.coherence?.stop();
    this.requests.close();
    this.links.close();
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    await this.engine.idle();
    for (const { client } of sessions) client.close();
    await this.journal.flush();
    await this.store.close();
  }
}

/** What a person who reads the log wants to know. */
function logEvents(log: Logger): ControllerObserver {
  return (event) => {
    if (event.type === 'punt') log.debug({ what: event.what }, event.detail);
    else if (event.type === 'store-failed') log.error(event, 'the store did not take a change');
    else if (event.type === 'link') log.warn(event, event.usable ? 'a link is back' : 'a link is silent');
    else if (event.type === 'miscabled') log.error(event, 'a cable is not where the specification says');
    else if (event.type === 'rerouted') log.info(event, 'frames take other ways between the switches');
    else if (event.type === 'refused') log.warn(event, 'the switch refused an entry');
  };
}
