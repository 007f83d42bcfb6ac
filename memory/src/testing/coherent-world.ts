import { seededRandom } from 'ethernet-wire';
import { CoherentClient, type CoherentClientOptions } from '../coherence/client.js';
import { MemoryServer, type MemoryServerOptions } from '../server/server.js';
import { GATEWAY_MAC, type Impairments, macOf, SimFabric, SimTime } from './sim.js';

export interface CoherentWorldOptions {
  clients?: number;
  servers?: number;
  seed?: number;
  impairments?: Impairments;
  server?: Partial<MemoryServerOptions>;
  client?: Partial<CoherentClientOptions>;
}

/** Coherent clients 1, 2, ... on one simulated fabric, and servers 0x101, ... that keep the directory of their pages. */
export class CoherentWorld {
  readonly time = new SimTime();
  readonly fabric: SimFabric;
  readonly servers: MemoryServer[];
  readonly clients: CoherentClient[];
  readonly #random: () => number;
  #lives = 0;

  constructor(private readonly options: CoherentWorldOptions = {}) {
    this.#random = seededRandom(options.seed ?? 1);
    this.fabric = new SimFabric(this.time, this.#random, options.impairments);
    this.servers = Array.from({ length: options.servers ?? 1 }, (_, i) => this.startServer(i));
    this.clients = Array.from({ length: options.clients ?? 2 }, (_, i) => this.#start(i));
  }

  startServer(i: number, incarnation = 7_000n): MemoryServer {
    const node = 0x101 + i;
    const mac = macOf(node);
    const wire = this.fabric.plug(mac, node);
    return new MemoryServer({
      ...{ node, mac, wire, incarnation, clock: this.time.clock, timers: this.time, capacity: 1 << 20 },
      directory: true,
      ...this.options.server,
    });
  }

  /** The client dies, and a new life of it begins. */
  restart(i: number): CoherentClient {
    this.fabric.unplug(macOf(i + 1));
    this.clients[i] = this.#start(i);
    return this.clients[i]!;
  }

  until<Result>(promise: Promise<Result>): Promise<Result> {
    return this.time.until(promise);
  }

  #start(i: number): CoherentClient {
    const node = i + 1;
    const mac = macOf(node);
    return new CoherentClient({
      ...{ node, mac, gatewayMac: GATEWAY_MAC, wire: this.fabric.plug(mac), random: this.#random },
      ...{ clock: this.time.clock, timers: this.time, incarnation: 1000 + this.#lives++ },
      ...{ directory: 'home' as const, minRto: 2, initialRto: 5 },
      ...this.options.client,
    });
  }
}
