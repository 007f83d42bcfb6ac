import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MininetError } from './errors.js';
import { type Finished, Lines, type Message, type Phase } from './messages.js';
import { PYTHON } from './preflight.js';

const PROGRAM = fileURLToPath(new URL('../bluebridge_mininet.py', import.meta.url));

/**
 * Namespaces of its own for network, mounts and processes. The Python program is the first process in there: whatever ends it, or unshare, even
 * kill -9, ends everything that was started in there, and interfaces and namespaces go with it.
 */
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
const SETUP = 'ip link set lo up && exec "$@"';
const CONTROL = 3;

/** How a session ended. */
export interface Ended {
  /** True where it stopped because it was asked to, and nothing had failed before. */
  readonly well: boolean;
  /** Exit statuses of the fabric's processes when they were stopped; -N after signal N. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** A running fabric in Mininet, as this process sees it: a control line to bluebridge_mininet.py. */
export class MininetSession {
  /** Resolves when all of it has ended, whatever the reason; rejects where unshare cannot be run. */
  readonly ended: Promise<Ended>;
  /** Why it failed, once it has. */
  failure: MininetError | undefined;
  private readonly control: Duplex;
  private readonly phases = new Set<Phase>();
  private readonly watchers = new Set<() => void>();
  private readonly pending = new Map<number, (finished: Finished) => void>();
  private statuses: Ended['statuses'] | undefined;
  private over = false;
  private nextId = 1;

  private constructor(child: ChildProcess) {
    this.control = child.stdio[CONTROL] as Duplex;
    const lines = new Lines();
    this.control.setEncoding('utf8');
    this.control.on('data', (piece: string) => {
      for (const line of lines.push(piece)) this.onMessage(JSON.parse(line) as Message);
    });
    // A line that breaks is a process that has ended, which `close` tells.
    this.control.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      child.on('error', (error) => reject(failed(`unshare did not start: ${error.message}`)));
      child.on('close', (code, signal) => {
        if (!this.statuses)
          this.failure ??= failed(`Mininet ended by itself: ${signal ?? `exit status ${code}`}`);
        this.over = true;
        for (const watch of this.watchers) watch();
        resolve({ well: code === 0 && this.failure === undefined, statuses: this.statuses ?? {} });
      });
    });
  }

  /** `terminal`: whether the person's terminal is Mininet's, for its command line. */
  static start(descriptionFile: string, { terminal }: { terminal: boolean }): MininetSession {
    const program = [PYTHON, '-B', PROGRAM, descriptionFile];
    const child = spawn('unshare', [...NAMESPACES, 'sh', '-c', SETUP, 'sh', ...program], {
      stdio: terminal ? ['inherit', 'inherit', 'inherit', 'pipe'] : ['ignore', 2, 2, 'pipe'],
    });
    return new MininetSession(child);
  }

  /** Resolves when a phase of the start is done. @throws MininetError when the session ends instead */
  phase(name: Phase): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.phases.has(name) && !this.over) return;
        this.watchers.delete(look);
        if (this.phases.has(name)) resolve();
        else reject(this.failure ?? failed(`Mininet was stopped before this was done: ${name}`));
      };
      this.watchers.add(look);
      look();
    });
  }

  /** Run a command in a host of the network. @throws MininetError when the session ends before it */
  async run(host: string, argv: readonly string[]): Promise<Finished> {
    const id = this.nextId++;
    const finished = new Promise<Finished>((resolve) => this.pending.set(id, resolve));
    this.control.write(`${JSON.stringify({ request: 'run', id, host, argv })}\n`);
    const lost = this.ended.then(() => {
      throw this.failure ?? failed('Mininet was stopped');
    });
    return Promise.race([finished, lost]).finally(() => this.pending.delete(id));
  }

  /** Give the terminal to the person, or begin with the script. */
  go(): void {
    this.control.write(`${JSON.stringify({ request: 'go' })}\n`);
  }

  /** Stop every process, then the network. */
  async stop(): Promise<Ended> {
    this.control.end();
    return this.ended;
  }

  private onMessage(message: Message): void {
    if (message.event === 'phase') this.phases.add(message.name);
    else if (message.event === 'stopped') this.statuses = message.statuses;
    else if (message.event === 'failed') this.failure ??= describeFailure(message);
    else this.pending.get(message.id)?.(message);
    for (const watch of this.watchers) watch();
  }
}

const failed = (message: string): MininetError => new MininetError('MININET_FAILED', message);

function describeFailure({ message, tail, log }: Message & { event: 'failed' }): MininetError {
  const last = tail.map((line) => `\n  ${line}`).join('');
  return failed(log === '' ? message : `${message}; the end of ${log}:${last === '' ? ' (empty)' : last}`);
}
