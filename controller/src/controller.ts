import { type Fabric, TABLES } from '@bluebridge/templates';
import type { P4InfoIndex, P4RuntimeClient } from 'p4runtime-js';
import type { Logger } from 'pino';
import { ControllerError } from './errors.js';
import { Allocations } from './intent/allocations.js';
import { readCounters, type SwitchCounters } from './p4runtime/counters.js';
import { P4RuntimeLink } from './p4runtime/link.js';
import {
  followRefusals,
  installFlood,
  type Pipeline,
  pushPipeline,
  requirePrimary,
} from './p4runtime/session.js';
import { diffEntries } from './plan/diff.js';
import { TableMirror } from './plan/mirror.js';
import { planFabric, planPermissions } from './plan/plan.js';
import { PuntHandler } from './punt/handler.js';
import { adoptPermissions } from './run/adopt.js';
import { PuntLoop } from './run/punt-loop.js';

/** What `attach` did. */
export interface AttachReport {
  /** Whether the switch ran the program already. */
  readonly pipeline: 'kept' | 'pushed';
  /** Entries that the tables hold now, and the updates that it took. */
  readonly entries: number;
  readonly updates: number;
  /** Allocations that were taken over from the switch's own entries. */
  readonly adopted: number;
}

export interface ControllerOptions {
  readonly fabric: Fabric;
  readonly pipeline: Pipeline;
  readonly log: Logger;
}

/**
 * The controller of one fabric with one switch. Its intent outlives a session: after a reconnect, `attach` brings the switch, which may have
 * restarted, to what is intended.
 */
export class Controller {
  readonly allocations = new Allocations();
  private readonly fabric: Fabric;
  private readonly log: Logger;
  private readonly handler: PuntHandler;
  private attached:
    | { client: P4RuntimeClient; index: P4InfoIndex; link: P4RuntimeLink; loop: PuntLoop }
    | undefined;
  private fresh = true;

  constructor(private readonly options: ControllerOptions) {
    this.fabric = options.fabric;
    this.log = options.log;
    this.handler = new PuntHandler(options.fabric, this.allocations);
  }

  /**
   * Take a switch over: its program, its entries, and from then on the frames that the program sends up.
   * @param client a session that has just been made
   * @throws ControllerError, P4RuntimeError
   */
  async attach(client: P4RuntimeClient, options: { readonly replace?: boolean } = {}): Promise<AttachReport> {
    requirePrimary(client);
    const pipeline = await pushPipeline(client, this.options.pipeline, options.replace ?? false);
    const index = client.index!;
    const link = new P4RuntimeLink(client, index);
    const mirror = new TableMirror();
    const report = { pipeline, ...(await this.reconcile(link, mirror)) };
    await installFlood(client, this.fabric);
    await followRefusals(client, index, this.fabric, (refusal) => this.log.warn({ refusal }, 'refused'));
    const loop = new PuntLoop(
      this.handler,
      mirror,
      link,
      ({ what, detail }) => this.log.debug({ what }, detail),
      (error) => {
        this.log.error({ err: error }, 'the switch did not acknowledge a change; starting over');
        client.close();
      },
    );
    link.onPunted((punted) => loop.push(punted));
    this.attached = { client, index, link, loop };
    this.log.info({ switch: client.address, ...report }, 'switch attached');
    return report;
  }

  /** Read the tables back and write the difference to what is intended. */
  private async reconcile(
    link: P4RuntimeLink,
    mirror: TableMirror,
  ): Promise<{ entries: number; updates: number; adopted: number }> {
    const tables: string[] = [TABLES.permission.name, TABLES.sourceGuard.name, TABLES.routes.name];
    if (this.fabric.features.ordinaryTraffic) tables.push(TABLES.stations.name);
    const actual = await link.read(tables);
    // Only a controller that knows nothing yet learns from the switch; later, its own intent is the truth.
    const permissions = actual.filter((e) => e.table === TABLES.permission.name);
    if (this.fresh) adoptPermissions(this.fabric, this.allocations, permissions);
    this.fresh = false;
    const intended = planPermissions(this.allocations);
    const planned = [...planFabric(this.fabric), ...intended];
    const changes = diffEntries(planned, actual);
    const [refused] = await link.write(changes);
    if (refused) {
      throw new ControllerError(
        'CONTROLLER_REFUSED',
        `the switch refused an entry of ${refused.change.entry.table}: ${refused.reason}`,
      );
    }
    mirror.load(intended);
    return { entries: planned.length, updates: changes.length, adopted: [...this.allocations].length };
  }

  /** @throws ControllerError CONTROLLER_LOST when no switch is attached, P4RuntimeError */
  async counters(): Promise<SwitchCounters> {
    if (!this.attached) throw new ControllerError('CONTROLLER_LOST', 'no switch is attached');
    return readCounters(this.attached.client, this.attached.index, this.fabric);
  }

  /** How often each kind of punted frame was handled. */
  get handled(): ReadonlyMap<string, number> {
    return this.attached?.loop.counts ?? new Map();
  }

  /** Frames that were sent out of the switch's ports for the program. */
  get framesSent(): number {
    return this.attached?.link.framesSent ?? 0;
  }

  /** Let what is under way come to its end, and end the session. */
  async close(): Promise<void> {
    const attached = this.attached;
    this.attached = undefined;
    await attached?.loop.idle();
    attached?.client.close();
  }
}
