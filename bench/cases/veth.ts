import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  type Case,
  type Contender,
  type Contest,
  type Figure,
  type Metrics,
  Unavailable,
} from '../lib/contest.js';
import { canMakeNamespaces } from '../lib/environment.js';
import type { LabSays, Measure, SwitchName } from '../veth/protocol.js';
import { simpleSwitch } from '../veth/switches.js';

/** Frames a second from one veth interface through a switch to another, each part a process of its own. */
export const vethCase: Case = { name: 'veth', about: 'veth, switch process, veth, through if: ports', open };

async function open(): Promise<Contest> {
  if (!canMakeNamespaces()) throw new Unavailable('needs Linux, root, iproute2 and network namespaces');
  const lab = await Lab.start();
  const bmv2 = simpleSwitch();
  const names: SwitchName[] = ['bluebridge', ...(bmv2 === undefined ? [] : (['bmv2'] as const)), 'bare veth'];
  const losses = new Map<string, number>();
  const contender = (name: SwitchName): Contender => ({
    name,
    run: async (seconds) => {
      const metrics = await lab.measure({ through: name, seconds: seconds / 2 });
      for (const load of ['read', 'write']) {
        const key = `${name} ${load}`;
        losses.set(key, Math.max(losses.get(key) ?? 0, metrics[`${load} loss`] ?? 1));
      }
      return metrics;
    },
  });
  const figure = (load: 'read' | 'write', subject: SwitchName, baseline: SwitchName): Figure => ({
    title: titleOf(load),
    unit: 'frames/s',
    subject: { contender: subject, metric: load },
    baseline: { contender: baseline, metric: load },
  });
  const delivered = (load: 'read' | 'write'): Figure => ({
    title: `${titleOf(load)}, delivered at any loss`,
    unit: 'frames/s',
    subject: { contender: 'bluebridge', metric: `${load} delivered` },
    baseline: { contender: 'bmv2', metric: `${load} delivered` },
  });
  const cpu = (load: 'read' | 'write'): Figure => ({
    title: `${titleOf(load)}, CPU of the switch`,
    unit: 'us a frame',
    subject: { contender: 'bluebridge', metric: `${load} cpu` },
    baseline: { contender: 'bmv2', metric: `${load} cpu` },
  });
  const of = (load: 'read' | 'write') => [
    ...(bmv2 === undefined ? [] : [figure(load, 'bluebridge', 'bmv2'), delivered(load), cpu(load)]),
    figure(load, 'bluebridge', 'bare veth'),
  ];
  return {
    contenders: names.map(contender),
    figures: [...of('read'), ...of('write')],
    notes: () => [
      'highest rate over windows of 16 to 1024 frames in flight at which less than 0.5 % was lost; every frame compared at the sink',
      `largest loss accepted: ${[...losses].map(([key, loss]) => `${key} ${(loss * 100).toFixed(2)} %`).join(', ')}`,
      ...(bmv2 === undefined
        ? ['BMv2 not measured: simple_switch_grpc is not on the PATH, nor in BLUEBRIDGE_SIMPLE_SWITCH_GRPC']
        : []),
    ],
    close: () => lab.close(),
  };
}

const titleOf = (load: 'read' | 'write'): string =>
  load === 'read' ? 'READ requests (86 B)' : 'WRITE chunks (to 1.5 kB)';

/** The processes in the namespace. */
class Lab {
  private constructor(private readonly process: ChildProcess) {}

  static async start(): Promise<Lab> {
    const script = fileURLToPath(new URL('../veth/lab.ts', import.meta.url));
    const args = ['-n', '--', process.execPath, ...process.execArgv, script];
    const lab = new Lab(spawn('unshare', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    await lab.hear();
    return lab;
  }

  async measure(what: Measure): Promise<Metrics> {
    const heard = this.hear();
    this.process.send(what);
    const said = await heard;
    if (typeof said === 'object' && 'measured' in said) return said.measured;
    throw new Error(typeof said === 'object' ? `${what.through}: ${said.failed}` : said);
  }

  async close(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.disconnect();
    await exited;
  }

  private async hear(): Promise<LabSays> {
    const over = new AbortController();
    try {
      return await Promise.race([
        once(this.process, 'message', over).then(([message]) => message as LabSays),
        once(this.process, 'exit', over).then(([code]) => {
          throw new Error(`the lab ended (${code})`);
        }),
      ]);
    } finally {
      over.abort();
    }
  }
}
