import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fabric } from '@bluebridge/templates';
import { stratumFace } from 'bluebridge';
import { openWire } from 'ethernet-wire';
import { RunningSwitch } from 'p4-switch';
import { STRATUM_API_VERSION } from 'p4runtime-js';
import type { Cable } from './cables.js';

/** A switch that runs, with its ports on cables, before its first pipeline. */
export interface Target {
  /** Of its P4Runtime server. */
  readonly address: string;
  stop(): Promise<void>;
}

/** `stratum`: the embedded switch with the limits of Stratum on a Tofino around it. */
export type TargetName = 'embedded' | 'stratum' | 'bmv2';
export type CompilerName = 'ours' | 'p4c';
export type StartTarget = (fabric: Fabric, cables: readonly Cable[]) => Promise<Target>;

const simpleSwitch = process.env.BLUEBRIDGE_SIMPLE_SWITCH_GRPC || undefined;

/** What the suite runs on: BMv2 only where it is installed. */
export const targets = (): TargetName[] => [
  'embedded',
  'stratum',
  ...(simpleSwitch ? (['bmv2'] as const) : []),
];

/** Whose output the suite pushes. For a Tofino there is none that could run here: see `pipelineBy`. */
export const compilers = (target: TargetName): CompilerName[] =>
  target === 'stratum' ? ['ours'] : ['ours', 'p4c'];

export const startTarget = (name: TargetName, fabric: Fabric, cables: readonly Cable[]): Promise<Target> =>
  name === 'bmv2' ? startBmv2(fabric, cables) : startEmbedded(name)(fabric, cables);

const startEmbedded =
  (name: 'embedded' | 'stratum'): StartTarget =>
  async (fabric, cables) => {
    const { deviceId, cpuPort } = fabric.switches[0]!;
    const wires = cables.map(async (c) => [c.port, await openWire(`if:${c.switchInterface}`)] as const);
    const ports = new Map(await Promise.all(wires));
    const like = name === 'stratum' ? { face: stratumFace(fabric), apiVersion: STRATUM_API_VERSION } : {};
    const running = await RunningSwitch.start({
      deviceId,
      cpuPort,
      p4runtime: '127.0.0.1:0',
      ports,
      ...like,
    });
    return { address: running.address, stop: () => running.close() };
  };

/** The unmodified simple_switch_grpc, without a program. */
const startBmv2: StartTarget = async (fabric, cables) => {
  const { deviceId, cpuPort } = fabric.switches[0]!;
  // Sockets of its own: the default place of the notifications is shared by all namespaces.
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-bmv2-'));
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const args = [
    ...['--device-id', `${deviceId}`, '--notifications-addr', `ipc://${folder}/notifications.ipc`, '--no-p4'],
    ...cables.flatMap(({ port, switchInterface }) => ['-i', `${port}@${switchInterface}`]),
    ...['--', '--grpc-server-addr', address, '--cpu-port', `${cpuPort}`],
  ];
  const child = spawn(simpleSwitch!, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await listening(child, port);
  } catch (error) {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    address,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** Until its P4Runtime server takes connections: it says nothing when it does. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`simple_switch_grpc ended at once (${signal ?? code}):\n${output}`);
  });
  let listens = false;
  while (!listens) listens = await Promise.race([ended, connects(port)]);
  ended.catch(() => {}); // from here on it may end
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => setTimeout(() => resolve(false), 10));
  });

/** In the suite's own namespace nobody else takes it meanwhile. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
