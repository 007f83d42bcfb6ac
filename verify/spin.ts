// Spin (spinroot.com): a model becomes a C program that visits every state. Thin shell around `spin` and `gcc`.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Run } from './runs.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Megabytes that one run may use. */
const MEMORY = 6000;
/** The longest run, steps. */
const DEPTH = 2_000_000;

export interface Visit {
  readonly states: number;
  /** Steps of the longest run. */
  readonly depth: number;
  /** 0 or 1: it ends at the first. */
  readonly errors: number;
  /** Neither memory nor depth ran out: every state was visited. */
  readonly complete: boolean;
  readonly error: string | undefined;
  /** The steps that lead to the error. */
  readonly trail: readonly string[];
}

/** Visit every state of a model. @throws Error where spin or gcc is missing or refuses the model */
export function visit({ model, defines }: Pick<Run, 'model' | 'defines'>): Visit {
  const folder = mkdtempSync(join(tmpdir(), 'bluebridge-verify-'));
  try {
    for (const file of [model, 'settle.c', 'settle.h']) cpSync(join(HERE, file), join(folder, file));
    must(folder, 'spin', ['-a', ...defines, model], 'Debian: apt-get install spin');
    const flags = ['-O2', '-w', '-DSAFETY', '-DNOFAIR', `-DMEMLIM=${MEMORY}`, ...defines];
    must(folder, 'gcc', [...flags, '-o', 'pan', 'pan.c'], 'Debian: apt-get install gcc libc6-dev');
    const output = must(folder, './pan', [`-m${DEPTH}`, '-w24'], 'see above');
    const errors = Number(/errors: (\d+)/.exec(output)?.[1] ?? 1);
    return {
      states: Number(/(\d+) states, stored/.exec(output)?.[1] ?? 0),
      depth: Number(/depth reached (\d+)/.exec(output)?.[1] ?? 0),
      errors,
      complete: !/Search not completed|out of memory|max search depth too small|truncated/.test(output),
      error: /pan:\d+: (.*)/.exec(output)?.[1],
      trail: errors > 0 ? stepsOf(must(folder, './pan', ['-r', `${model}.trail`], 'see above')) : [],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const stepsOf = (replay: string): string[] =>
  replay
    .split('\n')
    .filter((line) => /^\s*(client|switch|home|controller)\b.*[a-z]/.test(line) && !/:\s+\d+$/.test(line));

function must(cwd: string, command: string, args: readonly string[], hint: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw new Error(`${command} did not start: ${error.message} (${hint})`);
  // Spin's programs end with 0 whether they found an error or not.
  if (status !== 0 && command !== './pan')
    throw new Error(`${command} ${args.join(' ')}: ${stderr || stdout}`);
  return stdout + stderr;
}
