import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A process that answers every message with one. */
export class Child {
  private constructor(private readonly process: ChildProcess) {}

  /** @param script beside this file. Resolves when it says that it is ready. */
  static async start(script: string, ...args: string[]): Promise<Child> {
    const child = new Child(fork(fileURLToPath(new URL(script, import.meta.url)), args));
    await child.answer(script);
    return child;
  }

  async ask<Answer>(message: object | string): Promise<Answer> {
    const answer = this.answer(JSON.stringify(message));
    this.process.send(message);
    return (await answer) as Answer;
  }

  private async answer(to: string): Promise<unknown> {
    const over = new AbortController();
    try {
      return await Promise.race([
        once(this.process, 'message', over).then(([message]) => message),
        once(this.process, 'exit', over).then(([code]) => {
          throw new Error(`a process of the bench ended (${code}) instead of answering ${to}`);
        }),
      ]);
    } finally {
      over.abort();
    }
  }

  cpuSeconds(): number {
    return cpuSeconds(this.process);
  }

  async stop(): Promise<void> {
    const exited = once(this.process, 'exit');
    this.process.disconnect();
    await exited;
  }
}

/** A command that runs until it is stopped. */
export class Daemon {
  private output = '';
  private ended = false;

  private constructor(private readonly process: ChildProcess) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-4000);
      });
    }
    process.once('exit', () => {
      this.ended = true;
    });
  }

  static async start(command: string, args: readonly string[]): Promise<Daemon> {
    const process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(process, 'spawn');
    return new Daemon(process);
  }

  /** @throws Error with the last of what it printed, when it has ended */
  check(): void {
    if (this.ended) throw new Error(`${this.process.spawnfile} ended by itself:\n${this.output}`);
  }

  cpuSeconds(): number {
    return cpuSeconds(this.process);
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 5000);
    await exited;
    clearTimeout(timer);
  }
}

/** CPU time that the threads of a process have had, to the nanosecond (Documentation/scheduler/sched-stats.rst). */
function cpuSeconds({ pid }: ChildProcess): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}
