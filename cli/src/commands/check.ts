import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { describe } from '../check/history/index.js';
import { type CheckOptions, type CheckReport, runCheck } from '../check/run.js';
import { EXIT, Failure } from '../failure.js';
import { aborted, interruptSignal } from '../interrupt.js';
import { logger } from '../output/log.js';
import { count } from '../output/units.js';
import { logOption, wholeNumber } from './options.js';

interface Options {
  readonly clients: number;
  readonly pages: number;
  readonly ops: number;
  readonly loss: number;
  readonly dup: number;
  readonly reorder: number;
  readonly crash: number;
  readonly restartSwitch: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly log: string;
}

const MOST_CLIENTS = 64;
/** The allocation is a power of two of pages in a server of 1 MiB. */
const MOST_PAGES = 256;

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'coherent clients fight for pages through the switch while faults happen; is what they saw linearizable?',
    )
    .option('--clients <n>', 'clients that keep copies, 1 to 64', wholeNumber, 4)
    .option('--pages <n>', 'pages that they fight for, 1 to 256', wholeNumber, 4)
    .option('--ops <n>', 'operations of all clients together', wholeNumber, 10_000)
    .option('--loss <share>', 'share of frames that are lost on each cable', share, 0)
    .option('--dup <share>', 'share of frames that come twice', share, 0)
    .option('--reorder <share>', 'share of frames that others overtake', share, 0)
    .option(
      '--crash <n>',
      'clients that die in the middle of something; a new one takes each place',
      wholeNumber,
      0,
    )
    .option(
      '--restart-switch <n>',
      'restarts of the switch, which loses its tables and registers',
      wholeNumber,
      0,
    )
    .option('--seed <n>', 'decides the whole run; the same seed is the same run', wholeNumber, 1)
    .option('--json', 'print the report as JSON')
    .addOption(logOption('silent'))
    .addHelpText(
      'after',
      `
Clients, memory server, controller (over P4Runtime) and the compiled switch program are the real ones; time is not: it passes from one event to
the next. Every operation and its answer are written down, and each page's must be linearizable: reads, writes, additions and compare-and-swaps in one
order that explains every answer. A write that was acknowledged and is lost has no such order. Exit code 0 only if it holds.

Examples:
  $ bluebridge check
  $ bluebridge check --clients 8 --pages 16 --ops 200000 --loss 0.05 --dup 0.02 --reorder 0.05 --crash 3 --restart-switch 2 --seed 7
  $ bluebridge check --loss 0.2 --json | jq .verdict`,
    )
    .action(async (options: Options) => {
      if (!(await check(options))) process.exitCode = EXIT.FAILED;
    });
}

async function check(options: Options): Promise<boolean> {
  const between = (name: string, value: number, most: number): void => {
    if (value >= 1 && value <= most) return;
    throw new Failure(`--${name} has to be from 1 to ${most}, not ${value}`, EXIT.USAGE);
  };
  between('clients', options.clients, MOST_CLIENTS);
  between('pages', options.pages, MOST_PAGES);
  const run: CheckOptions = {
    ...{ clients: options.clients, pages: options.pages, operations: options.ops, seed: options.seed },
    ...{ loss: options.loss, duplicate: options.dup, reorder: options.reorder },
    ...{ crashes: options.crash, restarts: options.restartSwitch },
  };
  const interrupt = interruptSignal();
  try {
    const began = performance.now();
    const interrupted = aborted(interrupt.signal).then((): never => {
      throw interrupt.signal.reason;
    });
    const report = await Promise.race([runCheck(run, logger(options.log)), interrupted]);
    const seconds = (performance.now() - began) / 1000;
    process.stdout.write(options.json ? json(run, report, seconds) : text(report, seconds));
    return report.verdict.violations.length === 0;
  } finally {
    interrupt.dispose();
  }
}

function text(report: CheckReport, seconds: number): string {
  const { verdict, kinds, faults, hits, probes, crashes, restarts, unanswered, time } = report;
  const each = Object.entries(kinds).map(([kind, n]) => `${count(n)} ${kind}`);
  const lines = [
    `operations  ${count(verdict.operations)} on ${verdict.registers} pages: ${each.join(', ')}; ${unanswered} without an answer`,
    `frames      ${count(faults.frames)}: ${count(faults.lost)} lost, ${count(faults.duplicated)} doubled, ${count(faults.reordered)} overtaken`,
    `faults      ${crashes} clients died, the switch restarted ${restarts} times`,
    `copies      ${count(hits)} operations needed no message, ${count(probes)} probes`,
    `time        ${(time / 1000).toFixed(1)} s in the run, ${seconds.toFixed(1)} s here`,
  ];
  for (const { register, operation, possible, around } of verdict.violations) {
    lines.push(
      `page ${register}: no order explains ${describe(operation)}; it could have held ${possible.join(', ')}`,
    );
    for (const each of around) lines.push(`  ${describe(each)}`);
  }
  const held = verdict.violations.length === 0;
  lines.push(held ? pc.green('linearizable; nothing acknowledged was lost') : pc.red('NOT linearizable'));
  return `${lines.join('\n')}\n`;
}

const json = (run: CheckOptions, report: CheckReport, seconds: number): string =>
  `${JSON.stringify({ run, seconds, linearizable: report.verdict.violations.length === 0, ...report }, null, 2)}\n`;

function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 0.5))
    throw new InvalidArgumentError('It has to be a share from 0 to 0.5.');
  return value;
}
