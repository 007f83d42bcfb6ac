/*
 * npm run bench:controller [-- --json]: what it costs to bring a switch to what is intended, as the number of entries grows. See docs/scaling.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Controller, entryKey, planPermissions } from '@bluebridge/controller';
import type { Fabric } from '@bluebridge/templates';
import { insert, P4RuntimeClient, tableEntry } from 'p4runtime-js';
import pino from 'pino';
import { machine } from '../lib/environment.js';
import { quickstart } from '../lib/program.js';
import { ownPages } from '../lib/rig.js';

const SIZES = [1_000, 10_000, 100_000];
/** Entries of the plain loop; its rate does not depend on how many. */
const SINGLE = 1_000;
const PAGES_OF_MEMORY = 1_000_000;

interface Row {
  readonly entries: number;
  readonly installMs: number;
  readonly restartMs: number;
  readonly unchangedMs: number;
  readonly loopMs: number;
}

/** The switch is a process of its own, as it would be: it and the controller have a core each. */
class SwitchProcess {
  private constructor(
    readonly address: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(cpuPort: number): Promise<SwitchProcess> {
    const script = fileURLToPath(new URL('./switch-process.ts', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, script, String(cpuPort)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    return new SwitchProcess(line.toString().trim(), child);
  }

  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

async function measure(entries: number): Promise<Row> {
  const { fabric, pipeline } = await quickstart(131_072);
  const { cpuPort } = fabric.switches[0]!;
  const controller = new Controller({ fabric, pipeline, log: pino({ level: 'silent' }) });
  ownPages(controller.allocations, fabric, pagesFor(fabric, entries));
  let running = await SwitchProcess.start(cpuPort);
  const takeOver = async () => {
    const began = performance.now();
    const client = await P4RuntimeClient.connect({ address: running.address, deviceId: 1n });
    const { updates } = await controller.attach(client);
    const ms = performance.now() - began;
    client.close();
    return { updates, ms };
  };
  try {
    const install = await takeOver();
    const unchanged = await takeOver();
    if (install.updates < entries || unchanged.updates !== 0) {
      throw new Error(`${install.updates} updates first, ${unchanged.updates} where nothing had changed`);
    }
    await running.kill();
    running = await SwitchProcess.start(cpuPort);
    const restart = await takeOver();
    if (restart.updates !== install.updates) throw new Error('the switch that came back was not filled');
    await running.kill();
    running = await SwitchProcess.start(cpuPort);
    const loopMs = (await loop(running.address, controller, pipeline)) * (entries / SINGLE);
    const [installMs, restartMs, unchangedMs] = [install.ms, restart.ms, unchanged.ms];
    return { entries, installMs, restartMs, unchangedMs, loopMs };
  } finally {
    await running.kill();
    await controller.close();
  }
}

/** Milliseconds for SINGLE entries, a Write each, one after the other. */
async function loop(
  address: string,
  controller: Controller,
  pipeline: Awaited<ReturnType<typeof quickstart>>['pipeline'],
): Promise<number> {
  const client = await P4RuntimeClient.connect({ address, deviceId: 1n });
  await client.setPipeline(pipeline);
  const some = planPermissions(controller.allocations).slice(0, SINGLE);
  const entities = some.map(({ table, match, action, params }) => {
    const keys = Object.entries(match).map(([name, v]) => [
      name,
      typeof v === 'bigint' ? v : { value: v.value, prefixLength: v.prefix },
    ]);
    return tableEntry(client.index!, { table, match: Object.fromEntries(keys), action, params });
  });
  if (new Set(some.map(entryKey)).size !== SINGLE) throw new Error('the loop has not enough entries');
  const began = performance.now();
  for (const entity of entities) await client.write([insert(entity)]);
  const ms = performance.now() - began;
  client.close();
  return ms;
}

const pagesFor = ({ servers, clients }: Fabric, entries: number): number =>
  Math.ceil(entries / (servers.length * clients.length));

/** Bytes of the heap that a million allocations of a page each take, nothing merged. */
async function memoryOfIntent(): Promise<number> {
  const { fabric, pipeline } = await quickstart(8192);
  const controller = new Controller({ fabric, pipeline, log: pino({ level: 'silent' }) });
  global.gc!();
  const before = process.memoryUsage().heapUsed;
  ownPages(controller.allocations, fabric, pagesFor(fabric, PAGES_OF_MEMORY));
  global.gc!();
  return ((process.memoryUsage().heapUsed - before) * PAGES_OF_MEMORY) / controller.allocations.size;
}

const isJson = process.argv.includes('--json');
const rows: Row[] = [];
const say = (text: string): void => void (isJson || process.stdout.write(`${text}\n`));
say(
  Object.entries(machine())
    .map(([key, value]) => `${key}: ${value}`)
    .join('; '),
);
say(
  '| entries | install, ms | entries/s | after a restart of the switch, ms | nothing to change, ms | plain loop, ms | loop / install |',
);
say('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const entries of SIZES) {
  const row = await measure(entries);
  rows.push(row);
  const { installMs, restartMs, unchangedMs, loopMs } = row;
  const figures = [entries, installMs, (entries * 1000) / installMs, restartMs, unchangedMs, loopMs];
  say(`| ${figures.map((n) => Math.round(n)).join(' | ')} | ${(loopMs / installMs).toFixed(1)} |`);
}
const memory = await memoryOfIntent();
say(`intent of a million single-page allocations: ${Math.round(memory / 2 ** 20)} MiB of heap`);
if (isJson) process.stdout.write(`${JSON.stringify({ machine: machine(), rows, memory })}\n`);
