import type { CoherentClient, MemoryAddress } from '@bluebridge/memory';
import { seededRandom } from 'ethernet-wire';
import type { Logger } from 'pino';
import type { FaultCounts, Faults } from './cable.js';
import { CheckedFabric } from './fabric.js';
import { checkHistory, type Operation, type Step, type Verdict } from './history/index.js';

export interface CheckOptions extends Faults {
  readonly clients: number;
  readonly pages: number;
  /** Operations of all clients together. */
  readonly operations: number;
  /** Clients that die, and switch restarts, spread over the run. */
  readonly crashes: number;
  readonly restarts: number;
  readonly seed: number;
}

export interface CheckReport {
  readonly verdict: Verdict;
  readonly kinds: Readonly<Record<string, number>>;
  /** Operations that nobody answered: their client died, or was told that it cannot be known. */
  readonly unanswered: number;
  readonly faults: Readonly<FaultCounts>;
  readonly crashes: number;
  readonly restarts: number;
  readonly hits: number;
  readonly probes: number;
  /** Milliseconds of the run's own time. */
  readonly time: number;
}

const WORD = 8;
/** Between two values that are written lie those that additions make of them. */
const APART = 1_000_000;
/** Milliseconds that a client thinks at most between two operations. */
const THINKING = 0.05;

/** Clients read and change words of pages that they fight for, while faults happen; then everybody looks at every page. */
export async function runCheck(options: CheckOptions, log: Logger): Promise<CheckReport> {
  const random = seededRandom(options.seed);
  const bed = await CheckedFabric.start(options.clients, options, random, log);
  try {
    return await new Run(options, bed, random).play();
  } finally {
    await bed.stop();
  }
}

class Run {
  readonly #history: Operation[] = [];
  #moment = 0;
  #begun = 0;
  #unique = 0;
  #hits = 0;
  #probes = 0;
  #pages: MemoryAddress[] = [];
  readonly #last: number[] = [];

  constructor(
    private readonly options: CheckOptions,
    private readonly bed: CheckedFabric,
    private readonly random: () => number,
  ) {}

  async play(): Promise<CheckReport> {
    const { bed, options } = this;
    const { pageSize } = bed.fabric;
    const memory = await bed.until(bed.clients[0]!.alloc(options.pages * pageSize));
    this.#pages = Array.from({ length: options.pages }, (_, i) => ({
      node: memory.node,
      pointer: memory.pointer + BigInt(i * pageSize),
    }));
    const trouble = this.#trouble();
    await bed.until(Promise.all([...bed.clients.keys()].map((index) => this.#live(index))));
    await bed.until(trouble);
    bed.cables.faults = { loss: 0, duplicate: 0, reorder: 0 };
    for (const index of bed.clients.keys()) {
      for (const page of this.#pages.keys())
        await bed.until(this.#once(index, page, { kind: 'read', value: 0 }));
    }
    for (const client of bed.clients) this.#count(client);
    return this.#report();
  }

  /** A client's lives, one after the other: operations until there are enough. */
  async #live(index: number): Promise<void> {
    while (this.#begun < this.options.operations) {
      this.#begun++;
      await this.bed.sleep(THINKING * this.random());
      const page = Math.floor(this.random() * this.#pages.length);
      await this.#once(index, page, this.#choose(page));
    }
  }

  /** Crashes and restarts, each when so many operations have begun. */
  async #trouble(): Promise<void> {
    const { crashes, restarts, operations } = this.options;
    const kinds = [...Array(crashes).fill('crash'), ...Array(restarts).fill('restart')];
    for (let i = kinds.length - 1; i > 0; i--) {
      const j = Math.floor(this.random() * (i + 1));
      [kinds[i], kinds[j]] = [kinds[j], kinds[i]];
    }
    for (const [i, kind] of kinds.entries()) {
      const at = Math.floor(((i + this.random()) / kinds.length) * operations * 0.95);
      while (this.#begun < at) await this.bed.sleep(0.5);
      if (kind === 'restart') await this.bed.restartSwitch();
      else {
        const index = Math.floor(this.random() * this.options.clients);
        this.#count(this.bed.clients[index]!);
        this.bed.crash(index);
      }
    }
  }

  #choose(page: number): Step {
    const kind = this.random();
    if (kind < 0.6) return { kind: 'read', value: 0 };
    const fresh = ++this.#unique * APART;
    if (kind < 0.8) return { kind: 'write', value: fresh };
    if (kind < 0.9) return { kind: 'add', delta: 1, before: 0 };
    return { kind: 'cas', expected: this.#last[page] ?? 0, desired: fresh, before: 0 };
  }

  /** One operation, written down with what came of it. Whatever fails may have taken effect. */
  async #once(index: number, page: number, step: Step): Promise<void> {
    const began = this.#moment++;
    let [answered, ended] = [step, Number.POSITIVE_INFINITY];
    try {
      answered = await perform(this.bed.clients[index]!, this.#pages[page]!, step);
      ended = this.#moment++;
      this.#last[page] =
        answered.kind === 'write' || answered.kind === 'read' ? answered.value : answered.before;
    } catch {
      // Closed, lost, timed out: nobody knows.
    }
    this.#history.push({ register: page, client: index, step: answered, began, ended });
  }

  #count({ coherence }: CoherentClient): void {
    this.#hits += coherence.hits;
    this.#probes += coherence.probes;
  }

  #report(): CheckReport {
    const kinds: Record<string, number> = {};
    for (const { step } of this.#history) kinds[step.kind] = (kinds[step.kind] ?? 0) + 1;
    const { crashes, restarts } = this.options;
    return {
      verdict: checkHistory(this.#history),
      kinds,
      unanswered: this.#history.filter(({ ended }) => ended === Number.POSITIVE_INFINITY).length,
      faults: this.bed.cables.counts,
      ...{ crashes, restarts, hits: this.#hits, probes: this.#probes, time: this.bed.queue.now() },
    };
  }
}

async function perform(client: CoherentClient, page: MemoryAddress, step: Step): Promise<Step> {
  switch (step.kind) {
    case 'read': {
      const bytes = await client.read(page, WORD);
      return { ...step, value: Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)) };
    }
    case 'write': {
      const bytes = new Uint8Array(WORD);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(step.value));
      await client.write(page, bytes);
      return step;
    }
    case 'add':
      return { ...step, before: Number(await client.fetchAdd(page, BigInt(step.delta))) };
    case 'cas': {
      const before = await client.compareAndSwap(page, BigInt(step.expected), BigInt(step.desired));
      return { ...step, before: Number(before) };
    }
  }
}
