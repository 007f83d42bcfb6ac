import { Controller } from '@bluebridge/controller';
import { CoherentClient, MemoryServer } from '@bluebridge/memory';
import { type ClientSpec, type Fabric, parseFabric, renderProgram } from '@bluebridge/templates';
import { RunningSwitch } from 'p4-switch';
import { P4RuntimeClient, pipelineCookie } from 'p4runtime-js';
import type { Logger } from 'pino';
import { compileProgram } from '../fabric/program.js';
import { Cables, type Faults } from './cable.js';
import { ControlPath } from './control.js';
import { EventQueue } from './queue.js';

/** Milliseconds of a client's lease: short, so that a crash costs a run little. */
const LEASE = 400;
/** Milliseconds that a switch is down when it restarts. */
const OUTAGE = 20;

/** One switch, one memory server, so many clients of one domain, with a directory in the switch. */
export const specOf = (clients: number): Fabric =>
  parseFabric(`name: check
mtu: 9000
features:
  coherence: { mode: msi, slots: 64, lockLease: 20, lease: ${LEASE}, regions: { initial: 4KiB, smallest: 4KiB } }
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 1MiB }
clients:
${Array.from({ length: clients }, (_, i) => `  - { name: c${i}, node: ${1 + i}, port: ${10 + i}, domain: 1 }`).join('\n')}
`);

/** Real clients, servers, controller and switch, in one process, on one queue of events. */
export class CheckedFabric {
  readonly clients: CoherentClient[] = [];
  #lives = 0;

  private constructor(
    readonly fabric: Fabric,
    readonly queue: EventQueue,
    readonly cables: Cables,
    readonly control: ControlPath,
    private readonly running: RunningSwitch,
    private readonly controller: Controller,
    private readonly pipeline: ReturnType<typeof compileProgram>['pipeline'],
    private readonly random: () => number,
    private readonly hostEnds: ReadonlyMap<string, () => ReturnType<ReturnType<Cables['lay']>['hostEnd']>>,
    private session: P4RuntimeClient,
  ) {}

  static async start(
    clients: number,
    faults: Faults,
    random: () => number,
    log: Logger,
  ): Promise<CheckedFabric> {
    const fabric = specOf(clients);
    const queue = new EventQueue();
    const cables = new Cables(queue, random, faults);
    const control = new ControlPath();
    const { pipeline } = compileProgram('check.p4', renderProgram(fabric, 'embedded'));
    const laid = new Map([...fabric.servers, ...fabric.clients].map((host) => [host, cables.lay(host.name)]));
    const [{ deviceId, cpuPort } = { deviceId: 1n, cpuPort: 510 }] = fabric.switches;
    const running = await RunningSwitch.start({
      deviceId,
      cpuPort,
      p4runtime: '127.0.0.1:0',
      ports: new Map([...laid].map(([{ port }, { switchEnd }]) => [port, switchEnd])),
      face: control.face,
      environment: {
        now: () => Math.floor(queue.now() * 1000) + 1_000_000,
        random: (bound) => BigInt(Math.floor(random() * Number(bound))),
        log: () => {},
      },
      timers: {
        now: () => BigInt(Math.floor(queue.now() * 1e6)) + 1_000_000_000n,
        after: (ms, callback) => {
          const timer = queue.setTimeout(callback, ms);
          return () => queue.clearTimeout(timer);
        },
      },
    });
    const session = await P4RuntimeClient.connect({ address: running.address, deviceId });
    control.watch(session);
    const controller = new Controller({ fabric, pipeline, log, isNew: true, timers: queue });
    await controller.attach(session);
    const hostEnds = new Map([...laid].map(([{ name }, { hostEnd }]) => [name, hostEnd]));
    const it = new CheckedFabric(
      ...([
        fabric,
        queue,
        cables,
        control,
        running,
        controller,
        pipeline,
        random,
        hostEnds,
        session,
      ] as const),
    );
    for (const server of fabric.servers) {
      new MemoryServer({
        ...server,
        ...{ pageSize: fabric.pageSize, mtu: fabric.mtu, prefix: fabric.prefix, port: fabric.udpPort },
        wire: hostEnds.get(server.name)!(),
        ...{ clock: queue.clock, timers: queue, incarnation: 1n },
      });
    }
    for (const [i, spec] of fabric.clients.entries()) it.clients[i] = it.#client(spec);
    return it;
  }

  until<Result>(promise: Promise<Result>): Promise<Result> {
    return this.control.until(this.queue, promise);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.queue.setTimeout(resolve, milliseconds));
  }

  /** A client dies with all that it has not brought home, and a new one begins in its place. */
  crash(index: number): void {
    void this.clients[index]!.abandon();
    this.clients[index] = this.#client(this.fabric.clients[index]!);
  }

  /** The switch goes down, and comes back having lost all its tables and registers; the controller finds it so. */
  async restartSwitch(): Promise<void> {
    this.cables.areUp = false;
    await this.sleep(OUTAGE);
    await this.control.during(() => this.#reconnect());
    this.cables.areUp = true;
  }

  async #reconnect(): Promise<void> {
    const { address } = this.running;
    this.session.close();
    await this.session.ended;
    this.control.reset();
    this.session = await P4RuntimeClient.connect({ address, deviceId: this.fabric.switches[0]!.deviceId });
    this.control.watch(this.session);
    const cookie = { cookie: pipelineCookie(this.pipeline) };
    await this.session.setPipeline({ ...this.pipeline, cookie });
    await this.controller.attach(this.session);
  }

  async stop(): Promise<void> {
    for (const client of this.clients) await client.abandon();
    await this.controller.close();
    this.session.close();
    await this.running.close();
  }

  #client({ name, node, mac }: ClientSpec): CoherentClient {
    const { fabric, queue, random } = this;
    return new CoherentClient({
      ...{ node, mac, gatewayMac: fabric.switches[0]!.mac, wire: this.hostEnds.get(name)!() },
      ...{ pageSize: fabric.pageSize, mtu: fabric.mtu, prefix: fabric.prefix, port: fabric.udpPort },
      ...{ random, clock: queue.clock, timers: queue, incarnation: ++this.#lives },
      ...{ acknowledge: 'home', minRto: 1, initialRto: 2, maxRto: 50, timeout: 60_000, maxAttempts: 5000 },
    });
  }
}
