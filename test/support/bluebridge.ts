import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = fileURLToPath(new URL('../../cli/bin/bluebridge.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `bluebridge` process: the built command, as a user runs it. */
export class Bluebridge {
  private static readonly started = new Set<Bluebridge>();
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';
  private readonly watchers = new Set<() => void>();

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      for (const watch of this.watchers) watch();
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      for (const watch of this.watchers) watch();
    });
    this.finished = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
        for (const watch of this.watchers) watch();
      });
    });
  }

  static start(
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; stdin?: string } = {},
  ): Bluebridge {
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      NO_COLOR: '1',
      BLUEBRIDGE_STORE: 'memory',
      ...options.env,
    };
    const child = spawn(process.execPath, [BIN, ...args], { cwd: options.cwd ?? ROOT, env });
    child.stdin.end(options.stdin ?? '');
    const process_ = new Bluebridge(child);
    Bluebridge.started.add(process_);
    void process_.finished.finally(() => Bluebridge.started.delete(process_));
    return process_;
  }

  /** End what a test that failed has left running. */
  static async stopAll(): Promise<void> {
    await Promise.all([...Bluebridge.started].map((process_) => process_.stop('SIGKILL')));
  }

  /** Resolves when the process has printed something that matches, on either stream. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
        if (match) done(() => resolve(match));
        else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          done(() => reject(new Error(`ended without saying ${pattern}:\n${this.stdout}${this.stderr}`)));
        }
      };
      const done = (settle: () => void) => {
        this.watchers.delete(look);
        settle();
      };
      this.watchers.add(look);
      look();
    });
  }

  /** By pid, and only this process. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
    this.child.kill(signal);
    return this.finished;
  }
}

/** Run one command to its end. */
export const bluebridge = (
  args: readonly string[],
  options?: Parameters<typeof Bluebridge.start>[1],
): Promise<Finished> => Bluebridge.start(args, options).finished;
