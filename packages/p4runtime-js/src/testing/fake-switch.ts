import type { ListenOptions } from '../server/listening.js';
import { P4RuntimeServer, type P4RuntimeServerOptions } from '../server/p4runtime-server.js';
import { FakeDevice, type FakeDeviceOptions } from './fake-device.js';

export interface FakeSwitchOptions
  extends FakeDeviceOptions,
    ListenOptions,
    Partial<Omit<P4RuntimeServerOptions, 'devices'>> {
  /** A free port of the IPv4 loopback unless given. */
  readonly listen?: string;
}

/** A P4Runtime server with a FakeDevice behind it, listening. */
export interface FakeSwitch {
  readonly address: string;
  readonly device: FakeDevice;
  readonly server: P4RuntimeServer;
  /** Goodbye to controllers, then gone. */
  stop(): Promise<void>;
  /** Gone at once, as in a crash. */
  kill(): void;
}

/**
 *     const fake = await startFakeSwitch({ pipeline: { p4info } });
 *     const client = await P4RuntimeClient.connect({ address: fake.address, deviceId: 1 });
 */
export async function startFakeSwitch(options: FakeSwitchOptions = {}): Promise<FakeSwitch> {
  const device = new FakeDevice(options);
  const server = new P4RuntimeServer({ ...options, devices: [device] });
  const listen = options.listen ?? '127.0.0.1:0';
  const port = await server.listen(listen, options);
  const address = listen.startsWith('unix:') ? listen : `${listen.slice(0, listen.lastIndexOf(':'))}:${port}`;
  return { address, device, server, stop: () => server.stop(), kill: () => server.kill() };
}
