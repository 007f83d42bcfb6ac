import type { Fabric, SwitchSpec } from '@bluebridge/templates';
import { Command, Option } from 'commander';
import { type EngineName, RunningSwitch } from 'p4-switch';
import { STRATUM_API_VERSION } from 'p4runtime-js';
import { PcapTap } from '../fabric/pcap-tap.js';
import { openSwitchEnds } from '../fabric/wires.js';
import { EXIT, Failure } from '../failure.js';
import { aborted, interruptSignal } from '../interrupt.js';
import { stratumFace } from '../tofino/stand-in.js';
import { engineOption, fabricOf, SPEC_ARGUMENT } from './options.js';

interface SwitchOptions {
  readonly name?: string;
  readonly p4runtime?: string;
  readonly allowInsecure?: boolean;
  readonly pcap?: string;
  readonly engine: EngineName;
  readonly like?: 'stratum';
}

export function switchCommand(): Command {
  return new Command('switch')
    .description("run the fabric's switch as a process of its own; a controller gives it its program")
    .argument('[spec]', SPEC_ARGUMENT)
    .option('--name <switch>', 'which switch of the fabric; needed where there are several')
    .option('--p4runtime <address>', "where to listen for controllers; default: the specification's")
    .option(
      '--allow-insecure',
      'listen off the loopback, where whoever reaches the address controls the switch',
    )
    .option('--pcap <file>', 'write what crosses the switch, for tshark and Wireshark')
    .addOption(engineOption())
    .addOption(
      new Option(
        '--like <server>',
        "stratum: take a program for Tofino, run the fabric's own in its place, and refuse what Stratum refuses",
      ).choices(['stratum']),
    )
    .addHelpText(
      'after',
      `
Runs until Ctrl-C. Any P4Runtime controller can drive it, with any program for v1model.

Examples:
  $ bluebridge switch examples/quickstart.yaml
  $ bluebridge switch examples/leaf-spine.yaml --name spine1
  $ bluebridge switch --p4runtime 127.0.0.1:9559 --pcap switch.pcap
  $ bluebridge switch tofino.yaml --like stratum              try a controller for Tofino without the switch`,
    )
    .action(async (spec: string | undefined, options: SwitchOptions) => {
      const interrupt = interruptSignal();
      const fabric = await fabricOf(spec);
      const { deviceId, cpuPort, name, p4runtime } = switchCalled(fabric, options.name);
      const ports = await openSwitchEnds(fabric, name);
      const running = await RunningSwitch.start({
        deviceId,
        cpuPort,
        p4runtime: options.p4runtime ?? p4runtime,
        ports,
        allowInsecure: options.allowInsecure,
        engine: options.engine,
        ...(options.like && { face: stratumFace(fabric), apiVersion: STRATUM_API_VERSION }),
      }).catch(async (error: unknown) => {
        await Promise.all([...ports.values()].map((wire) => wire.close()));
        throw error;
      });
      const tap = options.pcap === undefined ? undefined : PcapTap.open(options.pcap, fabric);
      running.dataPlane.onFrame(tap?.of(name));
      for (const [port, wire] of ports) process.stderr.write(`port ${port}: ${wire.name}\n`);
      process.stderr.write(
        `switch ${name}: P4Runtime on ${running.address}, device ${deviceId}; Ctrl-C stops it\n`,
      );
      await aborted(interrupt.signal);
      await running.close();
      await tap?.close();
      interrupt.dispose();
    });
}

/** @throws Failure where it is not said, or wrongly */
function switchCalled({ switches }: Fabric, name: string | undefined): SwitchSpec {
  const found =
    name === undefined && switches.length === 1 ? switches[0] : switches.find((s) => s.name === name);
  if (found) return found;
  const names = switches.map((s) => s.name).join(', ');
  throw new Failure(
    name === undefined
      ? `the fabric has several switches; say which one with --name: ${names}`
      : `the specification has no switch ${name}; it has: ${names}`,
    EXIT.USAGE,
  );
}
