import { ordinaryAddress } from '../interfaces.js';
import type { Bench, Check } from './check.js';

/** So long a ping tries, seconds. */
const PATIENCE = 5;

/**
 * Ordinary IPv6 between every pair of hosts, one check for each host that asks. Where the fabric has no ordinary traffic, that none gets through.
 */
export async function checkReach(bench: Bench): Promise<Check[]> {
  const { fabric } = bench;
  const hosts = [...fabric.servers, ...fabric.clients];
  const checks: Check[] = [];
  for (const from of hosts) {
    const others = hosts.filter((host) => host !== from);
    // Side by side, but not more than one host's: neighbour discovery floods.
    const answers = await Promise.all(others.map((to) => ping(bench, from.name, to.node)));
    const silent = others.filter((_, i) => answers[i] === undefined).map((host) => host.name);
    checks.push(
      fabric.features.ordinaryTraffic
        ? {
            name: `${from.name} reaches every other host over IPv6`,
            held: silent.length === 0,
            seen: silent.length === 0 ? describe(answers) : `no answer from ${silent.join(', ')}`,
          }
        : {
            name: `${from.name} reaches no other host: no ordinary traffic here`,
            held: silent.length === others.length,
            seen: `no answer from ${silent.length} of ${others.length}`,
          },
    );
  }
  return checks;
}

/** Milliseconds until the answer; undefined if there was none. */
async function ping({ run, fabric }: Bench, host: string, node: number): Promise<number | undefined> {
  const patience = fabric.features.ordinaryTraffic ? PATIENCE : 1;
  const argv = ['ping', '-6', '-n', '-c', '1', '-w', String(patience), ordinaryAddress(node)];
  const { status, stdout } = await run(host, argv);
  const [, time] = /time=([\d.]+) ms/.exec(stdout) ?? [];
  return status === 0 && time !== undefined ? Number(time) : undefined;
}

function describe(answers: readonly (number | undefined)[]): string {
  const slowest = Math.max(0, ...answers.map((ms) => ms ?? 0));
  return `${answers.length} of ${answers.length} answer, the slowest after ${slowest} ms`;
}
