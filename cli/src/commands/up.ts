import { readFile } from 'node:fs/promises';
import { type Fabric, renderProgram } from '@bluebridge/templates';
import { Command } from 'commander';
import type { EngineName } from 'p4-switch';
import pc from 'picocolors';
import { Demo } from '../demo/demo.js';
import { demoFile } from '../demo/file.js';
import { checkLine, printReport } from '../demo/print.js';
import { allHeld, type DemoReport } from '../demo/report.js';
import { LocalFabric } from '../fabric/local-fabric.js';
import { PcapTap } from '../fabric/pcap-tap.js';
import { compileProgram } from '../fabric/program.js';
import { EXIT, Failure } from '../failure.js';
import { aborted, interruptSignal } from '../interrupt.js';
import { logger } from '../output/log.js';
import { Steps } from '../output/steps.js';
import { bytes, count } from '../output/units.js';
import { engineOption, fabricOf, logOption, SPEC_ARGUMENT, wholeNumber } from './options.js';

interface UpOptions {
  readonly demo?: boolean;
  readonly file?: string;
  readonly operations: number;
  readonly keep?: boolean;
  readonly pcap?: string;
  readonly p4?: string;
  readonly p4runtime?: string;
  readonly engine: EngineName;
  readonly json?: boolean;
  readonly log: string;
}

export function upCommand(): Command {
  return new Command('up')
    .description('start a whole fabric in this process: switch, controller, memory servers, clients')
    .argument('[spec]', SPEC_ARGUMENT)
    .option(
      '--demo',
      'store a file in remote memory, read it back, refuse and grant it to another client, and check it all',
    )
    .option('--file <path>', "the file that the demonstration stores; default: this project's README")
    .option(
      '--operations <n>',
      'single pages that the demonstration writes and reads besides the file',
      wholeNumber,
      1000,
    )
    .option('--keep', 'stay up after the demonstration, until Ctrl-C')
    .option('--pcap <file>', 'write what crosses the switch, for tshark and Wireshark')
    .option('--p4 <file>', 'run this switch program instead of the rendered one')
    .option(
      '--p4runtime <address>',
      'where the switch listens for controllers; default: a free port of 127.0.0.1',
    )
    .addOption(engineOption())
    .option('--json', 'print the report of the demonstration as JSON')
    .addOption(logOption('error'))
    .addHelpText(
      'after',
      `
Without --demo the fabric stays up until Ctrl-C.

Examples:
  $ bluebridge up examples/quickstart.yaml --demo
  $ bluebridge up --demo --file photo.jpg --pcap run.pcap && tshark -r run.pcap
  $ bluebridge up --demo --json | jq .checks
  $ bluebridge up --keep --demo --p4runtime 127.0.0.1:9559     then look at it with any P4Runtime client`,
    )
    .action(async (spec: string | undefined, options: UpOptions) => {
      const held = await up(spec, options);
      if (!held) process.exitCode = EXIT.FAILED;
    });
}

async function up(specFile: string | undefined, options: UpOptions): Promise<boolean> {
  const interrupt = interruptSignal();
  const steps = new Steps();
  // What was started, stopped in the opposite order whatever happens.
  const cleanup: (() => Promise<void>)[] = [];
  try {
    const fabric = await steps.run('spec', () => fabricOf(specFile), describeFabric);
    const pipeline = await buildProgram(fabric, options.p4, steps);
    const tap = options.pcap === undefined ? undefined : PcapTap.open(options.pcap, fabric);
    if (tap) cleanup.unshift(() => tap.close());
    const local = await startFabric(fabric, pipeline, options, tap, steps, cleanup);
    let held = true;
    if (options.demo) held = await demonstrate(local, options, steps, interrupt.signal);
    if (options.keep || !options.demo) {
      process.stderr.write(`up; P4Runtime on ${addresses(local)}; Ctrl-C stops it\n`);
      await aborted(interrupt.signal);
    }
    if (interrupt.signal.aborted && !options.keep && options.demo) throw interrupt.signal.reason;
    return held;
  } finally {
    for (const stop of cleanup) await stop();
    interrupt.dispose();
  }
}

const addresses = ({ switches }: LocalFabric): string =>
  [...switches].map(([name, { address }]) => (switches.size > 1 ? `${name} ${address}` : address)).join(', ');

const describeFabric = (f: Fabric): string =>
  `${f.name}: ${f.servers.length} servers, ${f.clients.length} clients, pages of ${bytes(f.pageSize)}`;

async function buildProgram(fabric: Fabric, p4File: string | undefined, steps: Steps) {
  const path = p4File ?? `${fabric.name}.p4`;
  const source = await steps.run(
    'render',
    () => (p4File === undefined ? renderProgram(fabric, 'embedded') : readProgram(p4File)),
    (p4) =>
      `${path}: ${count(p4.split('\n').length)} lines of P4_16${p4File === undefined ? '' : ', as given'}`,
  );
  const { pipeline } = await steps.run(
    'compile',
    () => compileProgram(path, source),
    ({ compiled }) => `P4Info with ${compiled.p4info!.tables.length} tables, BMv2 JSON`,
  );
  return pipeline;
}

async function readProgram(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Failure(`cannot read the switch program: ${(error as Error).message}`, EXIT.USAGE, {
      cause: error,
    });
  }
}

async function startFabric(
  fabric: Fabric,
  pipeline: ReturnType<typeof compileProgram>['pipeline'],
  options: UpOptions,
  tap: PcapTap | undefined,
  steps: Steps,
  cleanup: (() => Promise<void>)[],
): Promise<LocalFabric> {
  const { engine, p4runtime } = options;
  const local = await steps.run(
    'switch',
    () =>
      LocalFabric.startSwitches({
        fabric,
        log: logger(options.log),
        engine,
        p4runtime,
        ...(tap && { tap: (name) => tap.of(name) }),
      }),
    (started) => `P4Runtime on ${addresses(started)}`,
  );
  cleanup.unshift(() => local.stop());
  await steps.run(
    'control',
    () => local.startController(pipeline, { isNew: true }),
    (r) => `primary, program ${r.pipeline}, ${count(r.entries)} entries: routes, source guard, stations`,
  );
  await steps.run(
    'hosts',
    () => local.startHosts(),
    () => `${[...local.servers.keys(), ...local.clients.keys()].join(', ')}, a wire each`,
  );
  return local;
}

async function demonstrate(
  local: LocalFabric,
  options: UpOptions,
  steps: Steps,
  signal: AbortSignal,
): Promise<boolean> {
  const file = await demoFile(options.file);
  const lines: string[] = [];
  const demo = new Demo(local, {
    file,
    operations: options.operations,
    onCheck: (c) => lines.push(checkLine(c)),
  });
  const report = await steps
    .run(
      'demo',
      () =>
        Promise.race([
          demo.run(),
          aborted(signal).then((): never => {
            throw signal.reason;
          }),
        ]),
      ({ checks }) => `${checks.filter((c) => c.held).length} of ${checks.length} checks held`,
    )
    .finally(() => process.stderr.write(lines.join('')));
  process.stdout.write(options.json ? json(report) : printReport(report));
  const held = allHeld(report);
  process.stderr.write(held ? pc.green('all checks held\n') : pc.red('a check did not hold\n'));
  return held;
}

const json = (report: DemoReport): string =>
  `${JSON.stringify(
    report,
    (_key, value) =>
      typeof value === 'bigint' ? Number(value) : value instanceof Map ? Object.fromEntries(value) : value,
    2,
  )}\n`;
