import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Bench,
  type Check,
  checkMemory,
  checkReach,
  checkStop,
  defaultHosts,
  describeFabric,
  findSimpleSwitch,
  hostConfig,
  impairLinks,
  MininetError,
  MininetSession,
  type Mode,
  mininetSpec,
  namedSpec,
  parseImpairment,
  parseTopology,
  preflight,
  thisMachine,
} from '@bluebridge/mininet';
import { type Fabric, loadFabric, parseFabric } from '@bluebridge/templates/spec';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { checkLine } from '../demo/print.js';
import { EXIT, Failure } from '../failure.js';
import { aborted, Interrupted, interruptSignal } from '../interrupt.js';
import { Steps } from '../output/steps.js';
import { wholeNumber } from './options.js';

interface MininetOptions {
  readonly bbServers?: number;
  readonly clients?: number;
  readonly switch: 'embedded' | 'bmv2';
  readonly broadcast?: boolean;
  readonly impair: readonly string[];
  readonly test?: 'all';
  readonly exec?: string;
  readonly pcap?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly thriftTcp?: boolean;
  readonly thriftUdp?: boolean;
  readonly thriftDdc?: boolean;
}

export function mininetCommand(): Command {
  return new Command('mininet')
    .description(
      'start a fabric in Mininet: every host in a network namespace, every part a process (needs root)',
    )
    .argument('[topology]', 'single, linear,N, leaf-spine,L,S, or a specification file', 'single')
    .option(
      '-e, --bb-servers <n>',
      'memory servers of a named topology: h1..hN; default: 2, or one a switch with hosts',
      wholeNumber,
    )
    .option('--clients <n>', 'clients of it: the hosts after them; default: as many', wholeNumber)
    .option('--broadcast', 'flood ordinary traffic to every host, in a named topology')
    .option(
      '--impair <[cable:]faults>',
      'loss, duplicate, reorder (probabilities) and delayMs, of every cable or of h1 or leaf1-spine1; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [] as readonly string[],
    )
    .addOption(
      new Option('--switch <name>', 'what runs as the switches; bmv2: an installed simple_switch_grpc')
        .choices(['embedded', 'bmv2'])
        .default('embedded'),
    )
    .addOption(
      new Option('--test <what>', 'check everything and stop, instead of asking for commands').choices([
        'all',
      ]),
    )
    .addOption(
      new Option('--exec <script>', "run a file of Mininet's and `bb` commands, and stop").conflicts('test'),
    )
    .option('--pcap <dir>', 'write what crosses the switch there, for tshark and Wireshark')
    .option('--out <dir>', 'folder for logs and the config files of the hosts; default: a temporary one')
    .option('--json', 'print the report of --test as JSON')
    .addOption(new Option('--thrift-tcp').hideHelp())
    .addOption(new Option('--thrift-udp').hideHelp())
    .addOption(new Option('--thrift-ddc').hideHelp())
    .addHelpText(
      'after',
      `
The network is in namespaces of its own: several can run side by side, and nothing is left of one that is killed.

Examples:
  $ sudo bluebridge mininet                                   h1 and h2 serve memory to h3 and h4
  mininet> bb h3 put README.md                                prints an address; @ stands for it
  mininet> bb h4 get @ copy.md                                refused: h4 has no permission
  mininet> h3 ping -c 1 h1
  $ sudo bluebridge mininet leaf-spine,4,2 --clients 8 --test all
  $ sudo bluebridge mininet linear,3 --impair loss=0.01 --impair s1-s2:delayMs=2
  mininet> bb fail s2                                         bb heal s2 starts it again
  $ sudo bluebridge mininet --bb-servers 4 --clients 8 --test all
  $ sudo bluebridge mininet examples/quickstart.yaml --switch bmv2 --pcap out --test all`,
    )
    .action(async (topology: string, options: MininetOptions) => {
      try {
        if (!(await mininet(topology, options))) process.exitCode = EXIT.FAILED;
      } catch (error) {
        if (!(error instanceof MininetError)) throw error;
        const code = error.code === 'MININET_USAGE' ? EXIT.USAGE : EXIT.FAILED;
        throw new Failure(error.message, code, { cause: error });
      }
    });
}

async function mininet(topology: string, options: MininetOptions): Promise<boolean> {
  refuseUnknown(options);
  const mode = await modeOf(options);
  const steps = new Steps();
  const fabric = await steps.run('spec', () => fabricFor(topology, options), describe);
  const simpleSwitch = await steps.run(
    'machine',
    () => machineFor(options.switch),
    (bmv2) => `Mininet, ${bmv2 ?? 'the embedded switch'}`,
  );
  const run = await prepare(fabric, options, mode, simpleSwitch);
  let unremarkable = false;
  try {
    const held = await inMininet(fabric, options, run, steps);
    unremarkable = held;
    return held;
  } catch (error) {
    unremarkable = error instanceof Interrupted;
    throw error;
  } finally {
    if (!run.temporary || !unremarkable) process.stderr.write(`logs and config files: ${run.folder}\n`);
    else await rm(run.folder, { recursive: true, force: true });
  }
}

const describe = (f: Fabric): string => `${f.name}: ${f.servers.length} servers, ${f.clients.length} clients`;

function refuseUnknown({ thriftTcp, thriftUdp, thriftDdc }: MininetOptions): void {
  const given = thriftTcp
    ? '--thrift-tcp'
    : thriftUdp
      ? '--thrift-udp'
      : thriftDdc
        ? '--thrift-ddc'
        : undefined;
  if (given === undefined) return;
  throw new Failure(
    `${given}: there is no RPC over remote memory yet, so no Thrift hosts either`,
    EXIT.USAGE,
  );
}

async function fabricFor(
  text: string,
  { bbServers, clients, broadcast, impair, switch: which }: MininetOptions,
): Promise<Fabric> {
  const topology = parseTopology(text);
  const impairments = impair.map(parseImpairment);
  if (impairments.length > 0 && which === 'bmv2') {
    throw new Failure(
      '--impair: ports of simple_switch_grpc cannot do that; use --switch embedded',
      EXIT.USAGE,
    );
  }
  if (topology.kind !== 'spec') {
    const usual = defaultHosts(topology);
    const hosts = { servers: bbServers ?? usual.servers, clients: clients ?? usual.clients };
    const spec = namedSpec(topology, hosts, broadcast ? { broadcast } : {});
    return impairLinks(parseFabric(spec, `topology ${text}`), impairments);
  }
  if (bbServers !== undefined || clients !== undefined || broadcast) {
    throw new Failure(
      `${topology.file} says which hosts there are and what they do; leave --bb-servers, --clients and --broadcast out`,
      EXIT.USAGE,
    );
  }
  return impairLinks(await loadFabric(topology.file), impairments);
}

async function machineFor(which: MininetOptions['switch']): Promise<string | undefined> {
  await preflight(thisMachine);
  return which === 'bmv2'
    ? findSimpleSwitch(thisMachine, process.env.BLUEBRIDGE_SIMPLE_SWITCH_GRPC)
    : undefined;
}

interface Run {
  readonly folder: string;
  readonly temporary: boolean;
  readonly specFile: string;
  readonly descriptionFile: string;
  readonly bluebridge: readonly string[];
}

/** The run's folder, with all that the processes read. */
async function prepare(
  fabric: Fabric,
  options: MininetOptions,
  mode: Mode,
  simpleSwitch?: string,
): Promise<Run> {
  const BIN = fileURLToPath(new URL('../../bin/bluebridge.js', import.meta.url));
  const bluebridge = [process.execPath, BIN];
  const temporary = options.out === undefined;
  const pcap = options.pcap && resolve(options.pcap);
  try {
    const folder = temporary ? await mkdtemp(join(tmpdir(), 'bluebridge-mininet-')) : resolve(options.out!);
    for (const path of [folder, pcap]) if (path) await mkdir(path, { recursive: true });
    const specFile = join(folder, 'fabric.yaml');
    await writeFile(specFile, mininetSpec(fabric));
    for (const host of [...fabric.servers, ...fabric.clients]) {
      await writeFile(join(folder, `${host.name}.config`), hostConfig(fabric, host));
    }
    const description = describeFabric(fabric, { mode, folder, specFile, bluebridge, simpleSwitch, pcap });
    const descriptionFile = join(folder, 'mininet.json');
    await writeFile(descriptionFile, `${JSON.stringify(description, null, 2)}\n`);
    return { folder, temporary, specFile, descriptionFile, bluebridge };
  } catch (error) {
    throw new Failure(`cannot write the run's files: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  }
}

async function modeOf({ test, exec }: MininetOptions): Promise<Mode> {
  if (test) return { mode: 'serve' };
  if (exec === undefined) return { mode: 'cli' };
  const script = resolve(exec);
  await access(script, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'no such file' : error.message;
    throw new Failure(`cannot read the script ${exec}: ${why}`, EXIT.USAGE, { cause: error });
  });
  return { mode: 'script', script };
}

async function inMininet(fabric: Fabric, options: MininetOptions, run: Run, steps: Steps): Promise<boolean> {
  const interrupt = interruptSignal();
  const { signal } = interrupt;
  const started = performance.now();
  const session = MininetSession.start(run.descriptionFile, { terminal: !options.test });
  const stopped = aborted(signal).then(() => session.stop());
  try {
    await startUp(fabric, session, steps);
    const startMs = performance.now() - started;
    if (!options.test) {
      // From here on Ctrl-C is for Mininet's command line; `kill` still stops everything.
      interrupt.dispose();
      return await attended(session);
    }
    const checks = await test(fabric, options, run, session, steps);
    if (signal.aborted) throw signal.reason;
    const held = checks.every((c) => c.held);
    if (options.json)
      process.stdout.write(report(fabric, options, checks, startMs, performance.now() - started));
    process.stderr.write(held ? pc.green('all checks held\n') : pc.red('a check did not hold\n'));
    return held;
  } catch (error) {
    await session.stop();
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    if (signal.aborted) await stopped;
    interrupt.dispose();
  }
}

async function startUp(fabric: Fabric, session: MininetSession, steps: Steps): Promise<void> {
  const hosts = [...fabric.servers, ...fabric.clients].map((h) => h.name);
  const servers = fabric.servers.map((s) => s.name);
  await steps.run(
    'topology',
    () => session.phase('topology'),
    () => `${hosts.join(', ')}, a namespace each`,
  );
  await steps.run(
    'switch',
    () => session.phase('switch'),
    () => `${fabric.switches.map((s) => s.name).join(', ')}, ports on AF_PACKET`,
  );
  await steps.run(
    'servers',
    () => session.phase('servers'),
    () => servers.join(', '),
  );
  await steps.run(
    'control',
    () => session.phase('control'),
    () => 'primary; the program is pushed, the tables are filled',
  );
}

/** Mininet's command line, or a script, has the terminal until it is left. */
async function attended(session: MininetSession): Promise<boolean> {
  const leaveIt = (): void => {};
  const stop = (): void => void session.stop();
  session.go();
  process.on('SIGINT', leaveIt).on('SIGTERM', stop);
  try {
    const { well } = await session.ended;
    if (session.failure) throw session.failure;
    return well;
  } finally {
    process.off('SIGINT', leaveIt).off('SIGTERM', stop);
  }
}

async function test(
  fabric: Fabric,
  options: MininetOptions,
  run: Run,
  session: MininetSession,
  steps: Steps,
): Promise<Check[]> {
  const { folder, specFile, bluebridge } = run;
  const bench: Bench = {
    fabric,
    folder,
    specFile,
    client: [...bluebridge, 'client'],
    run: (host, argv) => session.run(host, argv),
  };
  const all: Check[] = [];
  const group = async (name: string, work: () => Promise<Check[]>): Promise<void> => {
    const checks = await steps.run(
      name,
      work,
      (c) => `${c.filter((x) => x.held).length} of ${c.length} checks held`,
    );
    process.stderr.write(checks.map(checkLine).join(''));
    all.push(...checks);
  };
  await group('reach', () => checkReach(bench));
  for (const [i, owner] of fabric.clients.entries()) {
    const next = fabric.clients[(i + 1) % fabric.clients.length];
    await group(`memory ${owner.name}`, () => checkMemory(bench, owner, next === owner ? undefined : next));
  }
  await group('stop', async () => checkStop(fabric, folder, await session.stop(), options.switch === 'bmv2'));
  return all;
}

const report = (
  fabric: Fabric,
  options: MininetOptions,
  checks: readonly Check[],
  startMs: number,
  totalMs: number,
): string =>
  `${JSON.stringify(
    {
      fabric: fabric.name,
      switch: options.switch,
      hosts: [...fabric.servers, ...fabric.clients].map((h) => h.name),
      held: checks.every((c) => c.held),
      checks,
      milliseconds: { start: Math.round(startMs), total: Math.round(totalMs) },
    },
    null,
    2,
  )}\n`;
