import { fileURLToPath } from 'node:url';
import { type AttachReport, Controller, P4RuntimeLink, type Pipeline } from '@bluebridge/controller';
import type { MemoryClient, MemoryServer } from '@bluebridge/memory';
import { type Fabric, loadFabric } from '@bluebridge/templates';
import { startClient, startServer } from 'bluebridge';
import type { Wire } from 'ethernet-wire';
import { P4RuntimeClient } from 'p4runtime-js';
import pino from 'pino';
import { type Cable, layCables, removeCables } from './cables.js';
import { startTarget, type Target, type TargetName } from './targets.js';

const QUICKSTART = fileURLToPath(new URL('../../../examples/quickstart.yaml', import.meta.url));
export const quickstart = (): Promise<Fabric> => loadFabric(QUICKSTART);

/** The quick start's fabric on veth cables around one switch, with its controller; the hosts' ends are free until `startHosts`. */
export class Rig {
  client!: P4RuntimeClient;
  controller!: Controller;
  report!: AttachReport;
  private servers: MemoryServer[] = [];
  private clients: MemoryClient[] = [];

  private constructor(
    private readonly name: TargetName,
    readonly fabric: Fabric,
    private readonly cables: readonly Cable[],
    private target: Target,
  ) {}

  /** The switch runs, and knows no controller and no program yet. */
  static async start(name: TargetName): Promise<Rig> {
    const fabric = await quickstart();
    const cables = await layCables([...fabric.servers, ...fabric.clients].map(({ port }) => port));
    try {
      return new Rig(name, fabric, cables, await startTarget(name, fabric, cables));
    } catch (error) {
      await removeCables(cables);
      throw error;
    }
  }

  /** A controller of the fabric takes the switch over. */
  async control(pipeline: Pipeline): Promise<this> {
    this.client = await this.connect();
    this.controller = this.newController(pipeline);
    this.report = await this.controller.attach(this.client);
    return this;
  }

  /** The switch ends and another one is started on the same cables, which knows nothing; the controller takes it over. */
  async restartSwitch(): Promise<AttachReport> {
    await this.target.stop();
    await this.client.ended;
    this.target = await startTarget(this.name, this.fabric, this.cables);
    this.client = await this.connect();
    return this.controller.attach(this.client);
  }

  /** A controller that knows nothing yet, as another process would be. */
  newController(pipeline: Pipeline): Controller {
    return new Controller({ fabric: this.fabric, pipeline, log: pino({ level: 'silent' }) });
  }

  connect(electionId = 1): Promise<P4RuntimeClient> {
    const { deviceId } = this.fabric.switches[0]!;
    return P4RuntimeClient.connect({ address: this.target.address, deviceId, electionId });
  }

  get link(): P4RuntimeLink {
    return new P4RuntimeLink(this.client, this.client.index!);
  }

  /** The host's end of the cable in this port. */
  wire(port: number): Wire {
    return this.cables.find((c) => c.port === port)!.host;
  }

  get ports(): number[] {
    return this.cables.map(({ port }) => port);
  }

  /** Memory servers and clients on the hosts' ends of the cables, in the order of the specification. */
  startHosts(): { servers: MemoryServer[]; clients: MemoryClient[] } {
    const { fabric } = this;
    this.servers = fabric.servers.map((spec) => startServer(fabric, spec, this.wire(spec.port)));
    this.clients = fabric.clients.map((spec) => startClient(fabric, spec, this.wire(spec.port)));
    return { servers: this.servers, clients: this.clients };
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.servers.map((server) => server.close()));
    await this.controller?.close();
    await this.target.stop();
    await removeCables(this.cables);
  }
}
