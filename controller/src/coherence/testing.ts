import { directory } from '@bluebridge/memory';
import type { SlotContents } from './channel.js';
import type { CoherencePort, CoordinatorTimers } from './coordinator.js';
import type { Region } from './regions.js';
import type { Session } from './sessions.js';

/** Time that passes only when told to. */
export class ManualTime implements CoordinatorTimers {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, milliseconds: number): unknown {
    const event = { at: this.#now + milliseconds, run };
    this.#due.push(event);
    return event;
  }

  clearTimeout(timer: unknown): void {
    this.#due = this.#due.filter((event) => event !== timer);
  }

  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds;
    await settle();
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((event) => event !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = until;
  }
}

/** Let promises run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** A switch's directory in memory, with the real transition function, and a log of what was done to it. */
export class FakeSwitch implements CoherencePort {
  readonly log: string[] = [];
  readonly slots = new Map<number, directory.Entry>();
  readonly regions = new Map<string, { slot: number; generation: number; state: string }>();
  readonly guards = new Map<number, { epoch: number; writebackEpoch: number }>();
  readonly uncached = new Map<number, number>();
  /** Clients, by index, that answer probes at once. */
  readonly answering = new Set<number>();
  readonly full = new Set<string>();
  #tag = 1;

  constructor(private readonly time: ManualTime) {}

  entry(slot: number): directory.Entry {
    let entry = this.slots.get(slot);
    if (entry === undefined) {
      entry = directory.newEntry();
      this.slots.set(slot, entry);
    }
    return entry;
  }

  async reset(slot: number): Promise<void> {
    this.log.push(`reset ${slot}`);
    directory.reset(this.entry(slot));
  }

  async fence(slot: number, index: number): Promise<void> {
    this.log.push(`fence ${slot} ${index}`);
    const { bitLo, bitHi } = directory.senderOf(index);
    directory.fence(this.entry(slot), bitLo, bitHi);
  }

  async read(slot: number): Promise<SlotContents> {
    const entry = this.entry(slot);
    const set = (lo: number, hi: number): bigint => (BigInt(hi) << 32n) | BigInt(lo);
    return {
      ...entry,
      sharers: set(entry.sharersLo, entry.sharersHi),
      pending: set(entry.pendingLo, entry.pendingHi),
    };
  }

  async recall({ node, pointer }: { node: number; pointer: bigint }): Promise<boolean> {
    const { slot } = this.regions.get(
      [...this.regions.keys()].find((key) => key.startsWith(`${node}:${pointer}/`))!,
    )!;
    const entry = this.entry(slot);
    const controller = directory.senderOf(directory.CONTROLLER_INDEX);
    const tag = this.#tag++;
    const route = directory.getModified(entry, controller, tag, this.time.now(), 0);
    this.log.push(`recall ${slot} ${route.to}`);
    if (route.to !== 'probe') return route.to === 'recalled';
    const requester = { index: controller.index, tag };
    for (const index of this.answering) {
      directory.answered(entry, directory.senderOf(index), route.number, true, requester);
    }
    if (entry.pendingLo === 0 && entry.pendingHi === 0) return true;
    await new Promise<void>((resolve) => this.time.setTimeout(resolve, 20));
    return false;
  }

  async writeGuard({ node, epoch, writebackEpoch }: Session): Promise<void> {
    this.log.push(`guard ${node} ${epoch}/${writebackEpoch}`);
    this.guards.set(node, { epoch, writebackEpoch });
  }

  async insertRegion(region: Region): Promise<void> {
    if (this.full.has('directory')) throw new Error('table full');
    this.log.push(`insert ${keyOf(region)} slot ${region.slot}`);
    if (this.regions.has(keyOf(region))) throw new Error(`${keyOf(region)} is there already`);
    this.#put(region);
  }

  async modifyRegion(region: Region): Promise<void> {
    this.log.push(`${region.state} ${keyOf(region)}`);
    if (!this.regions.has(keyOf(region))) throw new Error(`${keyOf(region)} is not there`);
    this.#put(region);
  }

  async deleteRegion(region: Region): Promise<void> {
    this.log.push(`delete ${keyOf(region)}`);
    if (!this.regions.delete(keyOf(region))) throw new Error(`${keyOf(region)} is not there`);
  }

  async writeUncached(node: number, generation: number): Promise<void> {
    this.log.push(`uncached ${node}`);
    this.uncached.set(node, generation);
  }

  #put(region: Region): void {
    const { slot, generation, state } = region;
    this.regions.set(keyOf(region), { slot, generation, state });
  }
}

function keyOf({ node, start, bits }: Region): string {
  return `${node}:${start}/${bits}`;
}
