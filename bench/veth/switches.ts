import { join } from 'node:path';
import type { Fabric } from '@bluebridge/templates';
import { commandPath } from '../lib/environment.js';
import { ROOT } from '../lib/program.js';
import { Daemon } from './child.js';
import { type SwitchName, switchEnd } from './protocol.js';

/** Where BMv2 is, if it is anywhere. */
export function simpleSwitch(): string | undefined {
  return process.env.BLUEBRIDGE_SIMPLE_SWITCH_GRPC ?? commandPath('simple_switch_grpc');
}

export interface SwitchOptions {
  readonly specFile: string;
  /** For what the switch needs on disk. */
  readonly folder: string;
  /** Where its P4Runtime server shall listen. */
  readonly address: string;
  readonly ports: readonly number[];
  readonly fabric: Fabric;
}

/** Start a switch on the switch's ends of the cables, as its users do. It has no program yet. */
export function startSwitch(name: Exclude<SwitchName, 'bare veth'>, options: SwitchOptions): Promise<Daemon> {
  const { specFile, folder, address, ports, fabric } = options;
  if (name === 'bluebridge') {
    const command = [join(ROOT, 'cli/bin/bluebridge.js'), 'switch', specFile, '--p4runtime', address];
    return Daemon.start(process.execPath, [...nodeOptions(), ...command]);
  }
  const { deviceId, cpuPort } = fabric.switches[0]!;
  return Daemon.start(simpleSwitch()!, [
    ...['--device-id', String(deviceId), '--no-p4'],
    ...['--notifications-addr', `ipc://${join(folder, 'bmv2.ipc')}`],
    ...ports.flatMap((port) => ['-i', `${port}@${switchEnd(port)}`]),
    ...['--', '--grpc-server-addr', address, '--cpu-port', String(cpuPort)],
  ]);
}

/** For Node, e.g. `--cpu-prof --cpu-prof-dir=out` to profile the switch under load. */
function nodeOptions(): string[] {
  return process.env.BLUEBRIDGE_BENCH_SWITCH_OPTIONS?.split(' ').filter(Boolean) ?? [];
}
