// Runs in a network namespace of its own (cases/veth.ts makes it): four cables, a generator, a sink, and the switches in turn.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf } from '../lib/program.js';
import { attach } from '../lib/rig.js';
import { Child, type Daemon } from './child.js';
import {
  hostEnd,
  LAB_SPEC,
  type LabSays,
  type Measure,
  type Ordered,
  PAGES,
  type Sent,
  switchEnd,
} from './protocol.js';
import { startSwitch } from './switches.js';
import { bestWindow, type WindowTrial } from './window.js';

const LOADS = ['read', 'write'] as const;
/** What may be lost: a shared machine takes the CPU away for milliseconds at a time. */
const ALLOWED_LOSS = 0.005;
/** Before measuring, a while in which a JIT compiles and caches fill: the same for all. */
const WARM_UP = { window: 32, seconds: 1.5 };

const folder = mkdtempSync(join(tmpdir(), 'bluebridge-veth-'));
const { fabric, pipeline } = programOf(LAB_SPEC);
const specFile = join(folder, 'lab.yaml');
writeFileSync(specFile, LAB_SPEC);
const ports = [...fabric.servers, ...fabric.clients].map(({ port }) => port);

/** Cables without anything on them but what the bench sends: no address, no neighbour discovery. */
function makeCables(): void {
  const script = ports.map(
    (port) => `ip link add ${hostEnd(port)} type veth peer name ${switchEnd(port)}
      for i in ${hostEnd(port)} ${switchEnd(port)}; do
        echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up
      done`,
  );
  execFileSync('sh', ['-ec', `ip link set lo up\n${script.join('\n')}`]);
}

/** A port of loopback that nobody has: the namespace is ours alone. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** On the bare veth pair the sink sits at the switch's end of the client's cable. */
async function measure({ through, seconds }: Measure): Promise<Record<string, number>> {
  const stops: (() => Promise<void>)[] = [];
  const throughSwitch = through !== 'bare veth';
  const [client, server] = [fabric.clients[0]!.port, fabric.servers[0]!.port];
  try {
    let daemon: Daemon | undefined;
    if (throughSwitch) {
      const address = `127.0.0.1:${await freePort()}`;
      const started = await startSwitch(through, { specFile, folder, address, ports, fabric });
      daemon = started;
      stops.push(() => started.stop());
      const attached = await whenUp(started, () => attach({ fabric, pipeline, pages: PAGES, address }));
      stops.push(() => attached.close());
    }
    const child = await Child.start(
      'load.ts',
      hostEnd(client),
      throughSwitch ? hostEnd(server) : switchEnd(client),
    );
    stops.push(() => child.stop());
    const metrics: Record<string, number> = {};
    for (const load of LOADS) {
      const trial = async (window: number, time = seconds): Promise<WindowTrial> => {
        const before = [daemon?.cpuSeconds() ?? 0, child.cpuSeconds()] as const;
        const sent = await child.ask<Sent>({ load, throughSwitch, window, seconds: time } satisfies Ordered);
        const cpu = [(daemon?.cpuSeconds() ?? 0) - before[0], child.cpuSeconds() - before[1]] as const;
        return judge(sent, cpu, `${through} ${load}, window ${window}`);
      };
      await trial(WARM_UP.window, WARM_UP.seconds);
      const best = await bestWindow(trial, ALLOWED_LOSS);
      metrics[load] = best.rate;
      metrics[`${load} delivered`] = best.delivered;
      metrics[`${load} loss`] = best.loss;
      metrics[`${load} window`] = best.window;
      metrics[`${load} cpu`] = best.cpu;
    }
    return metrics;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** @throws Error for frames that are wrong or too many */
function judge(
  { sent, right, wrong, rate }: Sent,
  [switchCpu, loadCpu]: readonly [number, number],
  what: string,
): WindowTrial {
  if (wrong > 0) throw new Error(`${what}: ${wrong} frames are not as the program has to leave them`);
  if (right > sent) throw new Error(`${what}: ${right} frames arrived of ${sent} that were sent`);
  const loss = sent === 0 ? 1 : 1 - right / sent;
  if (process.env.BLUEBRIDGE_BENCH_TRACE) {
    const cpu = [switchCpu, loadCpu].map((seconds) => ((seconds * 1e6) / right).toFixed(2));
    console.error(
      `  ${what}: ${Math.round(rate)} frames/s, ${(loss * 100).toFixed(2)} % lost, ` +
        `CPU us a frame: switch ${cpu[0]}, load ${cpu[1]}`,
    );
  }
  return { rate, loss, cpu: (switchCpu * 1e6) / right };
}

/** The switch needs a moment until its P4Runtime server listens. */
async function whenUp<T>(daemon: Daemon, connect: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + 20_000; ; ) {
    daemon.check();
    try {
      return await connect();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

const say = (message: LabSays): void => void process.send?.(message);
process.on('message', (message: Measure) => {
  measure(message).then(
    (measured) => say({ measured }),
    (error: unknown) =>
      say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
makeCables();
say('ready');
