import { type Allocations, type AttachReport, Controller, type Pipeline } from '@bluebridge/controller';
import type { Fabric } from '@bluebridge/templates';
import type { Wire } from 'ethernet-wire';
import { type EngineName, RunningSwitch } from 'p4-switch';
import { P4RuntimeClient } from 'p4runtime-js';
import pino from 'pino';

export interface RigOptions {
  readonly fabric: Fabric;
  readonly pipeline: Pipeline;
  /** The switch's ends of its ports. */
  readonly ports: ReadonlyMap<number, Wire>;
  readonly engine?: EngineName;
  /** Pages that each client owns on each server from the start; 0 unless given. */
  readonly pages?: number;
}

/** An embedded switch in this process, and a controller that filled its tables over P4Runtime. */
export class Rig {
  private constructor(
    readonly running: RunningSwitch,
    private readonly attached: Attached,
  ) {}

  static async start(options: RigOptions): Promise<Rig> {
    const { fabric, pipeline, ports, engine, pages = 0 } = options;
    const { deviceId, cpuPort } = fabric.switches[0]!;
    const running = await RunningSwitch.start({ deviceId, cpuPort, p4runtime: '127.0.0.1:0', ports, engine });
    return new Rig(running, await attach({ fabric, pipeline, pages, address: running.address }));
  }

  async close(): Promise<void> {
    await this.attached.close();
    await this.running.close();
  }
}

export interface Attached {
  readonly report: AttachReport;
  readonly client: P4RuntimeClient;
  close(): Promise<void>;
}

/** Let a controller that knows of allocations take over a switch, ours or any other. */
export async function attach(options: {
  readonly fabric: Fabric;
  readonly pipeline: Pipeline;
  readonly pages: number;
  readonly address: string;
}): Promise<Attached> {
  const { fabric, pipeline, pages, address } = options;
  const client = await P4RuntimeClient.connect({ address, deviceId: fabric.switches[0]!.deviceId });
  try {
    const controller = new Controller({ fabric, pipeline, log: pino({ level: 'silent' }) });
    ownPages(controller.allocations, fabric, pages);
    const report = await controller.attach(client);
    return { report, client, close: () => controller.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Single pages, client by client in turn, so that each is an entry of its own. */
export function ownPages(allocations: Allocations, fabric: Fabric, pages: number): void {
  const { pageSize, servers, clients } = fabric;
  for (const { node } of servers) {
    clients.forEach(({ domain }, nth) => {
      for (let page = 0; page < pages; page++) {
        const start = pageAddress(pageSize, page, nth, clients.length);
        allocations.adopt(node, { start, end: start + BigInt(pageSize) }, domain);
      }
    });
  }
}

/** Where the `page`th page of the `nth` of `clients` clients is in every server's memory. */
export const pageAddress = (pageSize: number, page: number, nth: number, clients: number): bigint =>
  BigInt(pageSize) * BigInt(page * clients + nth);
