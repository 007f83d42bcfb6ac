import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileProgram } from 'bluebridge';
import type { Case, Contender, Contest, Figure } from '../lib/contest.js';
import { commandPath } from '../lib/environment.js';
import { quickstart, ROOT } from '../lib/program.js';

/** Compile the quick start's program: as a user runs it, a process each, and inside a running process. */
export const compileCase: Case = { name: 'compile', about: "compiling the quick start's program", open };

async function open(): Promise<Contest> {
  const { source } = await quickstart(4096);
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-bench-'));
  const file = join(folder, 'quickstart.p4');
  writeFileSync(file, source);
  const p4c = commandPath('p4c-bm2-ss');
  const once = (command: string, ...args: string[]): Contender['run'] => {
    return async () => {
      const began = performance.now();
      const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${command} ended with ${status ?? error?.message}: ${stderr}`);
      return { ms: performance.now() - began };
    };
  };
  const contenders: Contender[] = [
    {
      name: 'bluebridge compile',
      run: once(process.execPath, join(ROOT, 'cli/bin/bluebridge.js'), 'compile', file, '--out', folder),
    },
    { name: 'node -e 0', run: once(process.execPath, '-e', '0') },
    {
      name: 'in a running process',
      run: async (seconds) => {
        let count = 0;
        const began = performance.now();
        do {
          compileProgram(file, source);
          count++;
        } while (performance.now() < began + seconds * 1000);
        return { ms: (performance.now() - began) / count };
      },
    },
  ];
  if (p4c !== undefined) {
    const files = ['--p4runtime-files', join(folder, 'p4c.p4info.txtpb'), '-o', join(folder, 'p4c.json')];
    contenders.push({ name: 'p4c-bm2-ss', run: once(p4c, '--std', 'p4-16', ...files, file) });
  }
  const figure = (subject: string, baseline: string): Figure => ({
    title: subject,
    unit: 'ms',
    subject: { contender: subject, metric: 'ms' },
    baseline: { contender: baseline, metric: 'ms' },
  });
  const baseline = p4c === undefined ? 'node -e 0' : 'p4c-bm2-ss';
  return {
    contenders,
    figures: [
      figure('bluebridge compile', baseline),
      figure('in a running process', p4c === undefined ? 'bluebridge compile' : baseline),
    ],
    notes: () => [
      'times: lower is better',
      ...(p4c === undefined ? ['p4c-bm2-ss is not on the PATH: compared with starting Node'] : []),
    ],
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
