import { type AttachReport, Controller, type ControllerOptions, type Pipeline } from '@bluebridge/controller';
import type { MemoryClient, MemoryServer } from '@bluebridge/memory';
import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { type Wire, wirePair } from 'ethernet-wire';
import { type EngineName, type FrameTap, RunningSwitch } from 'p4-switch';
import { P4RuntimeClient } from 'p4runtime-js';
import type { Logger } from 'pino';
import { startClient, startServer } from './hosts.js';

export interface LocalFabricOptions {
  readonly fabric: Fabric;
  readonly log: Logger;
  readonly engine?: EngineName;
  readonly tap?: FrameTap;
  /** Where the switch's P4Runtime server listens; a free port of loopback unless given. */
  readonly p4runtime?: string;
}

/**
 * A whole fabric in this process: the embedded switch, a controller that talks to it over gRPC, memory servers and clients. Between the
 * hosts and the switch there are wires and nothing else; the hosts hold no reference to each other or to the switch.
 */
export class LocalFabric {
  readonly servers = new Map<string, { spec: ServerSpec; server: MemoryServer }>();
  readonly clients = new Map<string, { spec: ClientSpec; client: MemoryClient }>();
  controller: Controller | undefined;
  readonly sessions: P4RuntimeClient[] = [];

  private constructor(
    readonly fabric: Fabric,
    private readonly log: Logger,
    readonly running: RunningSwitch,
    private readonly hostWires: ReadonlyMap<string, Wire>,
  ) {}

  /** Start the switch with a wire to every host. It has no program yet. */
  static async startSwitch(options: LocalFabricOptions): Promise<LocalFabric> {
    const { fabric } = options;
    const [spec] = fabric.switches;
    const ports = new Map<number, Wire>();
    const hostWires = new Map<string, Wire>();
    for (const host of [...fabric.servers, ...fabric.clients]) {
      const [switchEnd, hostEnd] = wirePair({ names: [`port ${host.port}`, host.name] });
      ports.set(host.port, switchEnd);
      hostWires.set(host.name, hostEnd);
    }
    const running = await RunningSwitch.start({
      deviceId: spec!.deviceId,
      p4runtime: options.p4runtime ?? '127.0.0.1:0',
      cpuPort: spec!.cpuPort,
      ports,
      engine: options.engine,
    });
    running.dataPlane.onFrame(options.tap);
    return new LocalFabric(fabric, options.log, running, hostWires);
  }

  /** Connect over P4Runtime, become primary, push the program, fill the tables. */
  async startController(
    pipeline: Pipeline,
    options: Pick<ControllerOptions, 'isNew'> = {},
  ): Promise<AttachReport> {
    const deviceId = this.fabric.switches[0]!.deviceId;
    const session = await P4RuntimeClient.connect({ address: this.running.address, deviceId });
    this.sessions.push(session);
    this.controller = new Controller({ fabric: this.fabric, pipeline, log: this.log, ...options });
    return this.controller.attach(session);
  }

  /** The host's end of its wire. */
  readonly wireOf = (name: string): Wire => this.hostWires.get(name)!;

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
    await this.running.close();
  }
}
