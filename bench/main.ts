/*
 * npm run bench -- [options]: how fast the parts are, each figure beside a baseline in the same run. See README.md.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { compileCase } from './cases/compile.js';
import { controllerCase } from './cases/controller.js';
import { pipelineCase } from './cases/pipeline.js';
import { roundTripCase } from './cases/round-trip.js';
import { vethCase } from './cases/veth.js';
import { type Case, compete, type Result, Unavailable } from './lib/contest.js';
import { machine } from './lib/environment.js';
import { formatResults } from './lib/table.js';

const CASES: readonly Case[] = [pipelineCase, roundTripCase, controllerCase, compileCase, vethCase];

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly only?: string[];
  readonly json?: boolean;
}

const command = new Command('npm run bench --')
  .description('Measure the parts, each beside a baseline in the same run. Compare ratios, not figures.')
  .option('--rounds <n>', 'how often each contender runs, in turn with the others', positive(true), 3)
  .option('--seconds <s>', 'how long a contender runs in a round, about', positive(false), 1)
  .addOption(new Option('--only <name...>', 'only these').choices(CASES.map(({ name }) => name)))
  .option('--json', 'print one JSON document instead of tables')
  .addHelpText('after', `\nCases:\n${CASES.map((c) => `  ${c.name.padEnd(12)} ${c.about}`).join('\n')}`)
  .action(main);

function positive(whole: boolean): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!(n > 0 && n < 1e6) || (whole && !Number.isInteger(n)))
      throw new InvalidArgumentError(`It has to be a ${whole ? 'whole ' : ''}number above 0.`);
    return n;
  };
}

type Outcome = { name: string; about: string } & (
  | { results: Result[]; notes: readonly string[] }
  | { unavailable: string }
);

async function main({ rounds, seconds, only, json }: Options): Promise<void> {
  const say = (text: string): void => void (json || process.stdout.write(text));
  const about = machine();
  say(
    `${Object.entries(about)
      .map(([key, value]) => `${key}: ${value}`)
      .join('; ')}\n`,
  );
  say(`medians of ${rounds} rounds, ${seconds} s each; ratio: measured / baseline\n`);
  const outcomes: Outcome[] = [];
  for (const { name, about, open } of CASES.filter((c) => only?.includes(c.name) ?? true)) {
    say(`\n${name}: ${about}\n`);
    const outcome = await one(open, { rounds, seconds });
    outcomes.push({ name, about, ...outcome });
    if ('unavailable' in outcome) say(`  not measured: ${outcome.unavailable}\n`);
    else say(formatResults(outcome.results) + outcome.notes.map((note) => `  (${note})\n`).join(''));
  }
  if (json)
    process.stdout.write(`${JSON.stringify({ machine: about, rounds, seconds, outcomes }, null, 2)}\n`);
}

async function one(open: Case['open'], options: { rounds: number; seconds: number }) {
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K  ${text}`);
  };
  try {
    const contest = await open();
    try {
      const results = await compete(contest, { ...options, progress });
      return { results, notes: contest.notes?.() ?? [] };
    } finally {
      await contest.close();
      if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    }
  } catch (error) {
    if (error instanceof Unavailable) return { unavailable: error.message };
    throw error;
  }
}

await command.parseAsync();
