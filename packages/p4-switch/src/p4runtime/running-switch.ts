import type { Wire } from 'ethernet-wire';
import { type DeviceHandler, P4RuntimeServer } from 'p4runtime-js';
import type { Environment } from '../externs/clock.js';
import { V1ModelSwitch } from '../switch/v1model-switch.js';
import { SwitchDevice } from './device.js';
import { systemTimers, type Timers } from './timers.js';
import { type EngineName, V1ModelPlane } from './v1model-plane.js';

export interface RunningSwitchOptions {
  /** P4Runtime device id; 1 unless given. */
  readonly deviceId?: bigint;
  /** Where the P4Runtime server listens, `host:port`; port 0 lets the system choose. */
  readonly p4runtime: string;
  readonly cpuPort?: number;
  /** Listen off the loopback without TLS, too: whoever reaches the address controls the switch. */
  readonly allowInsecure?: boolean;
  readonly ports: ReadonlyMap<number, Wire>;
  readonly engine?: EngineName;
  /** What controllers reach in place of the device: it, with the limits of another switch's server around it. */
  readonly face?: (device: SwitchDevice) => DeviceHandler;
  /** What Capabilities answers. */
  readonly apiVersion?: string;
  /** Clock, randomness and log of the program, and timers of the P4Runtime device; the system's unless given. */
  readonly environment?: Environment;
  readonly timers?: Timers;
}

/** A switch that runs: ports attached, P4Runtime listening. It forwards nothing until a controller sets a pipeline. */
export class RunningSwitch {
  private constructor(
    readonly dataPlane: V1ModelSwitch,
    readonly device: SwitchDevice,
    private readonly server: P4RuntimeServer,
    /** `host:port` with the port that was really taken. */
    readonly address: string,
    private readonly wires: readonly Wire[],
  ) {}

  /** @throws P4RuntimeError UNAVAILABLE when the address cannot be had, P4SwitchError for a port that cannot be attached */
  static async start(options: RunningSwitchOptions): Promise<RunningSwitch> {
    const dataPlane = new V1ModelSwitch({ cpuPort: options.cpuPort, environment: options.environment });
    for (const [port, wire] of options.ports) dataPlane.attachPort(port, wire);
    const plane = new V1ModelPlane(dataPlane, options.engine);
    const device = new SwitchDevice(options.deviceId ?? 1n, plane, options.timers ?? systemTimers);
    for (const [port, wire] of options.ports) {
      // A wire that fails by itself is a port that is down: groups that watch it go on without it.
      wire.onError(() => {
        dataPlane.detachPort(port);
        device.portsChanged();
      });
    }
    const server = new P4RuntimeServer({
      devices: [options.face?.(device) ?? device],
      apiVersion: options.apiVersion,
    });
    const port = await server.listen(options.p4runtime, { allowInsecure: options.allowInsecure });
    const address = options.p4runtime.startsWith('unix:')
      ? options.p4runtime
      : options.p4runtime.replace(/:\d+$/, `:${port}`);
    return new RunningSwitch(dataPlane, device, server, address, [...options.ports.values()]);
  }

  /** Stop listening and close the wires. */
  async close(): Promise<void> {
    await this.server.stop();
    await this.end();
  }

  /** Drop every connection at once, as a crash would, and close the wires. */
  async kill(): Promise<void> {
    this.server.kill();
    await this.end();
  }

  private async end(): Promise<void> {
    this.device.close();
    for (const port of this.dataPlane.portNumbers()) this.dataPlane.detachPort(port);
    await Promise.all(this.wires.map((wire) => wire.close()));
  }
}
