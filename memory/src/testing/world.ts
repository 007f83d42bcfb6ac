import { seededRandom, type Wire } from 'ethernet-wire';
import { MemoryClient } from '../client/client.js';
import type { MemoryClientOptions } from '../client/options.js';
import { MemoryServer, type MemoryServerOptions } from '../server/server.js';
import { GATEWAY_MAC, type Impairments, macOf, SimFabric, SimTime } from './sim.js';

export interface WorldOptions {
  servers?: number;
  clients?: number;
  capacity?: number;
  seed?: number;
  /** Of the whole fabric. */
  impairments?: Impairments;
  /** Put something around each client's wire, e.g. what corrupts frames. */
  wrap?: (wire: Wire, time: SimTime) => Wire;
  server?: Partial<MemoryServerOptions>;
  client?: Partial<MemoryClientOptions>;
}

/** Servers 0x101, 0x102, ... and clients 1, 2, ... on one simulated fabric. */
export class World {
  readonly time = new SimTime();
  readonly fabric: SimFabric;
  readonly servers: MemoryServer[];
  readonly clients: MemoryClient[];

  constructor(options: WorldOptions = {}) {
    const random = seededRandom(options.seed ?? 1);
    this.fabric = new SimFabric(this.time, random, options.impairments);
    this.servers = Array.from({ length: options.servers ?? 1 }, (_, i) => {
      const node = 0x101 + i;
      const mac = macOf(node);
      const wire = this.fabric.plug(mac, node);
      const { clock } = this.time;
      const capacity = options.capacity ?? 1 << 20;
      return new MemoryServer({ node, mac, wire, capacity, clock, incarnation: 7n, ...options.server });
    });
    this.clients = Array.from({ length: options.clients ?? 1 }, (_, i) => {
      const node = 1 + i;
      const mac = macOf(node);
      const plug = this.fabric.plug(mac);
      const wire = options.wrap?.(plug, this.time) ?? plug;
      const base = {
        node,
        mac,
        gatewayMac: GATEWAY_MAC,
        wire,
        random,
        clock: this.time.clock,
        timers: this.time,
      };
      return new MemoryClient({ ...base, ...options.client });
    });
  }

  get client(): MemoryClient {
    return this.clients[0]!;
  }

  get server(): MemoryServer {
    return this.servers[0]!;
  }

  until<Result>(promise: Promise<Result>): Promise<Result> {
    return this.time.until(promise);
  }

  allocatedBytes(): number {
    return this.servers.reduce((sum, server) => sum + server.status.allocatedBytes, 0);
  }
}
