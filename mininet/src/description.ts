import { join } from 'node:path';
import type { ClientSpec, Fabric, ServerSpec, SwitchSpec } from '@bluebridge/templates';
import { hostInterface, ordinaryAddress, switchInterface } from './interfaces.js';
import { p4runtimeOf } from './spec.js';

/** A long-running process: what it is, how to run it, where its output goes, and how to see that it is ready. */
export interface ProcessDescription {
  readonly name: string;
  readonly argv: readonly string[];
  readonly log: string;
  /** It answers on this TCP address, or its output contains this text. */
  readonly ready: { readonly tcp: string } | { readonly text: string };
}

export interface SwitchDescription {
  readonly name: string;
  readonly deviceId: number;
  readonly mtu: number;
  readonly process: ProcessDescription;
}

export interface HostDescription {
  readonly name: string;
  readonly role: 'server' | 'client';
  /** For people: `0x101` and `fdbb:101::`. */
  readonly node: string;
  readonly memory: string;
  readonly mac: string;
  /** Of ordinary traffic, with its prefix length. */
  readonly ipv6: string;
  readonly mtu: number;
  /** Clients have none: they are started for each operation. */
  readonly process?: ProcessDescription;
}

/** A cable between two switches. */
export interface TrunkDescription {
  readonly switches: readonly [string, string];
  readonly ports: readonly [number, number];
  readonly interfaces: readonly [string, string];
}

export interface LinkDescription {
  readonly host: string;
  readonly switch: string;
  readonly port: number;
  readonly hostInterface: string;
  readonly switchInterface: string;
  /** Of the host's end. */
  readonly mac: string;
}

/** `serve`: requests come over the control line; `cli`: a person types; `script`: a file has the lines. */
export type Mode = { readonly mode: 'serve' | 'cli' } | { readonly mode: 'script'; readonly script: string };

/** What bluebridge_mininet.py is given, as JSON. */
export type Description = Mode & {
  readonly folder: string;
  readonly switches: readonly SwitchDescription[];
  readonly hosts: readonly HostDescription[];
  readonly links: readonly LinkDescription[];
  readonly trunks: readonly TrunkDescription[];
  readonly controller: ProcessDescription;
  /** A client command up to, and without, `--as NAME`. */
  readonly client: readonly string[];
};

export interface DescriptionOptions {
  readonly mode: Mode;
  /** Where logs, sockets and configuration files of the run are. */
  readonly folder: string;
  /** The specification that the processes read; see mininetSpec. */
  readonly specFile: string;
  /** How to run `bluebridge`. */
  readonly bluebridge: readonly string[];
  /** BMv2's program; without it the switches are `bluebridge switch`. */
  readonly simpleSwitch?: string;
  /** Folder for what crosses the switches. */
  readonly pcap?: string;
}

/** What Mininet shall build for a fabric, and which processes run in it. */
export function describeFabric(fabric: Fabric, options: DescriptionOptions): Description {
  const { bluebridge, specFile, folder, mode } = options;
  const hosts = [
    ...fabric.servers.map((spec) => describeHost(fabric, spec, 'server', options)),
    ...fabric.clients.map((spec) => describeHost(fabric, spec, 'client', options)),
  ];
  return {
    ...mode,
    folder,
    switches: fabric.switches.map((spec) => ({
      name: spec.name,
      deviceId: Number(spec.deviceId),
      mtu: fabric.mtu,
      process: switchProcess(fabric, spec, options),
    })),
    hosts,
    links: [...fabric.servers, ...fabric.clients].map((host) => ({
      host: host.name,
      switch: host.switch,
      port: host.port,
      hostInterface: hostInterface(host),
      switchInterface: switchInterface(host.switch, host.port),
      mac: host.mac,
    })),
    trunks: fabric.links.map(({ ends: [a, b] }) => ({
      switches: [a.switch, b.switch],
      ports: [a.port, b.port],
      interfaces: [switchInterface(a.switch, a.port), switchInterface(b.switch, b.port)],
    })),
    controller: {
      name: 'controller',
      argv: [...bluebridge, 'controller', specFile, '--store', 'memory', '--log', 'warn'],
      log: join(folder, 'controller.log'),
      ready: { text: 'every switch is as intended' },
    },
    client: [...bluebridge, 'client', '--spec', specFile],
  };
}

function describeHost(
  fabric: Fabric,
  spec: ServerSpec | ClientSpec,
  role: HostDescription['role'],
  { bluebridge, specFile, folder }: DescriptionOptions,
): HostDescription {
  const { name, mac, node } = spec;
  return {
    name,
    role,
    node: `0x${node.toString(16)}`,
    memory: memoryAddress(fabric, node),
    mac,
    ipv6: `${ordinaryAddress(node)}/64`,
    mtu: fabric.mtu,
    ...(role === 'server' && {
      process: {
        name: `server ${name}`,
        argv: [...bluebridge, 'server', name, '--spec', specFile],
        log: join(folder, `${name}.log`),
        ready: { text: 'Ctrl-C stops it' },
      },
    }),
  };
}

/** `fdbb:101::`, the first byte of a node's memory. */
export const memoryAddress = ({ prefix }: Fabric, node: number): string =>
  `${prefix.toString(16)}:${node.toString(16)}::`;

function switchProcess(fabric: Fabric, spec: SwitchSpec, options: DescriptionOptions): ProcessDescription {
  const { name } = spec;
  const argv = options.simpleSwitch
    ? simpleSwitch(options.simpleSwitch, fabric, spec, options)
    : [
        ...options.bluebridge,
        'switch',
        options.specFile,
        ...['--name', name],
        ...(options.pcap ? ['--pcap', join(options.pcap, `${name}.pcapng`)] : []),
      ];
  return {
    name: `switch ${name}`,
    argv,
    log: join(options.folder, `${name}.log`),
    ready: { tcp: p4runtime(fabric, spec) },
  };
}

function simpleSwitch(
  program: string,
  fabric: Fabric,
  spec: SwitchSpec,
  { folder, pcap }: DescriptionOptions,
): string[] {
  const { name, deviceId, cpuPort } = spec;
  const trunks = fabric.links.flatMap(({ ends }) => ends);
  const ports = [...fabric.servers, ...fabric.clients, ...trunks].filter((end) => end.switch === name);
  return [
    program,
    ...['--device-id', String(deviceId), '--no-p4'],
    ...ports.flatMap(({ port }) => ['-i', `${port}@${switchInterface(name, port)}`]),
    // Its default is a name that every simple_switch_grpc of this machine shares.
    ...['--notifications-addr', `ipc://${join(folder, `${name}.ipc`)}`],
    ...(pcap ? [`--pcap=${pcap}`] : []),
    ...['--', '--grpc-server-addr', p4runtime(fabric, spec), '--cpu-port', String(cpuPort)],
  ];
}

const p4runtime = ({ switches }: Fabric, spec: SwitchSpec): string => p4runtimeOf(switches.indexOf(spec));
