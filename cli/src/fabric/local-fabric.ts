import { type AttachReport, Controller, type ControllerOptions, type Pipeline } from '@bluebridge/controller';
import type { MemoryClient, MemoryServer } from '@bluebridge/memory';
import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import type { Wire } from 'ethernet-wire';
import { type EngineName, type FrameTap, RunningSwitch } from 'p4-switch';
import { P4RuntimeClient } from 'p4runtime-js';
import type { Logger } from 'pino';
import { type Cable, type Cabling, layCables } from './cables.js';
import { startClient, startServer } from './hosts.js';

export interface LocalFabricOptions {
  readonly fabric: Fabric;
  readonly log: Logger;
  readonly engine?: EngineName;
  /** Sees what crosses a switch. */
  readonly tap?: (switchName: string) => FrameTap;
  /** Where the first switch's P4Runtime server listens; a free port of loopback unless given, as for the others. */
  readonly p4runtime?: string;
}

/**
 * A whole fabric in this process: embedded switches, a controller that talks to them over gRPC, memory servers and clients. Between the
 * hosts and the switches there are wires and nothing else; the hosts hold no reference to each other or to a switch.
 */
export class LocalFabric {
  readonly servers = new Map<string, { spec: ServerSpec; server: MemoryServer }>();
  readonly clients = new Map<string, { spec: ClientSpec; client: MemoryClient }>();
  controller: Controller | undefined;
  readonly sessions: P4RuntimeClient[] = [];

  private constructor(
    readonly fabric: Fabric,
    private readonly log: Logger,
    /** By name. */
    readonly switches: ReadonlyMap<string, RunningSwitch>,
    private readonly cabling: Cabling,
  ) {}

  /** Start the switches with a wire to every host and between each other. They have no program yet. */
  static async startSwitches(options: LocalFabricOptions): Promise<LocalFabric> {
    const { fabric, engine } = options;
    const cabling = layCables(fabric);
    const switches = new Map<string, RunningSwitch>();
    for (const [i, { name, deviceId, cpuPort }] of fabric.switches.entries()) {
      const p4runtime = (i === 0 ? options.p4runtime : undefined) ?? '127.0.0.1:0';
      const ports = cabling.ports.get(name)!;
      const running = await RunningSwitch.start({ deviceId, p4runtime, cpuPort, ports, engine });
      running.dataPlane.onFrame(options.tap?.(name));
      switches.set(name, running);
    }
    return new LocalFabric(fabric, options.log, switches, cabling);
  }

  /** The first switch, which is the only one of most fabrics. */
  get running(): RunningSwitch {
    return this.switches.get(this.fabric.switches[0]!.name)!;
  }

  /** Connect to every switch over P4Runtime, become primary, push the program, fill the tables. @returns what was done, all switches together */
  async startController(
    pipeline: Pipeline,
    options: Pick<ControllerOptions, 'hello' | 'isNew'> = {},
  ): Promise<AttachReport> {
    this.controller = new Controller({ fabric: this.fabric, pipeline, log: this.log, ...options });
    const reports: AttachReport[] = [];
    for (const { name, deviceId } of this.fabric.switches) {
      const { address } = this.switches.get(name)!;
      const session = await P4RuntimeClient.connect({ address, deviceId });
      this.sessions.push(session);
      reports.push(await this.controller.attach(session, { switch: name }));
    }
    const sum = (of: (r: AttachReport) => number) => reports.reduce((total, r) => total + of(r), 0);
    return {
      ...reports[0]!,
      entries: sum((r) => r.entries),
      updates: sum((r) => r.updates),
      refused: sum((r) => r.refused),
    };
  }

  /** The host's end of its wire. */
  readonly wireOf = (name: string): Wire => this.cabling.hosts.get(name)!;

  /** The cable between two switches, named in the order of the specification. */
  cable(from: string, to: string): Cable {
    return this.cabling.between.get(`${from} ${to}`)!;
  }

  startServers(): void {
    for (const spec of this.fabric.servers) {
      this.servers.set(spec.name, { spec, server: startServer(this.fabric, spec, this.wireOf(spec.name)) });
    }
  }

  startHosts(timeout?: number): void {
    const { fabric } = this;
    this.startServers();
    for (const spec of fabric.clients) {
      this.clients.set(spec.name, {
        spec,
        client: startClient(fabric, spec, this.wireOf(spec.name), timeout),
      });
    }
  }

  /** Clients first, so that nobody asks what is not there any more; the switch last. */
  async stop(): Promise<void> {
    await Promise.all([...this.clients.values()].map(({ client }) => client.close()));
    await Promise.all([...this.servers.values()].map(({ server }) => server.close()));
    await this.controller?.close();
    for (const session of this.sessions) session.close();
    await Promise.all([...this.switches.values()].map((running) => running.close()));
  }
}
