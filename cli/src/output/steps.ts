import pc from 'picocolors';

/** Where progress goes; by default standard error, so that results can be piped. */
export interface StepOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/**
 * One line for each step of a longer work: what it is while it runs (on a terminal), then what came of it and how long it
 * took, in milliseconds.
 */
export class Steps {
  constructor(
    private readonly out: StepOutput = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Run one step. The text that `work` returns is printed behind the name; if it throws, the line says so. */
  async run<T>(name: string, work: () => Promise<T> | T, describe: (result: T) => string): Promise<T> {
    const started = this.now();
    if (this.out.isTTY) this.out.write(`${pc.dim('…')} ${name}`);
    const clear = this.out.isTTY ? '\r\x1b[2K' : '';
    try {
      const result = await work();
      this.out.write(
        `${clear}${pc.green('✓')} ${name.padEnd(9)} ${describe(result)} ${pc.dim(this.took(started))}\n`,
      );
      return result;
    } catch (error) {
      this.out.write(`${clear}${pc.red('✗')} ${name.padEnd(9)} ${pc.dim(this.took(started))}\n`);
      throw error;
    }
  }

  private took(started: number): string {
    const ms = this.now() - started;
    return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`;
  }
}
