import { execFile } from 'node:child_process';
import { Command } from 'commander';
import { openWire, WireError } from 'ethernet-wire';
import pc from 'picocolors';
import { examine } from '../doctor/checks.js';
import type { Finding, Machine } from '../doctor/finding.js';
import { EXIT } from '../failure.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what this machine has and what will work on it')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExamples:\n  $ bluebridge doctor\n  $ bluebridge doctor --json | jq .')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(thisMachine);
      process.stdout.write(
        options.json ? `${JSON.stringify(findings, null, 2)}\n` : findings.map(line).join(''),
      );
      if (findings.some((f) => f.state === 'bad')) process.exitCode = EXIT.FAILED;
    });
}

const MARKS = { ok: pc.green('✓'), absent: pc.yellow('-'), bad: pc.red('✗') };
const line = (f: Finding): string =>
  `${MARKS[f.state]} ${f.name.padEnd(19)} ${f.found.padEnd(22)} ${pc.dim(f.advice)}\n`;

const thisMachine: Machine = {
  nodeVersion: process.version,
  platform: process.platform,
  run: (program, args) =>
    new Promise((resolve) => {
      execFile(program, [...args], { timeout: 10_000 }, (error, stdout, stderr) => {
        resolve(error && 'code' in error && error.code === 'ENOENT' ? undefined : `${stdout}${stderr}`);
      });
    }),
  // The loopback interface is on every machine; opening it shows whether the kernel lets us.
  async rawSockets() {
    try {
      await (await openWire('if:lo')).close();
      return undefined;
    } catch (error) {
      return error instanceof WireError ? error.message : String(error);
    }
  },
};
