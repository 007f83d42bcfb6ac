import { createHash, randomBytes } from 'node:crypto';
import {
  type FetchedFile,
  getFile,
  type MemoryClient,
  putFile,
  removeFile,
  type StoredFile,
  wire,
} from '@bluebridge/memory';
import type { LocalFabric } from '../fabric/local-fabric.js';
import { Failure } from '../failure.js';
import { bytes, count } from '../output/units.js';
import { observeConservation } from './conservation.js';
import { exercise } from './exercise.js';
import { refusalOf, refusedFor, settledCounters } from './observe.js';
import type { Check, DemoReport, OperationFigures, Throughput } from './report.js';
import { spoof } from './spoof.js';

export interface DemoFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface DemoOptions {
  readonly file: DemoFile;
  /** Single pages that are written and read one by one besides the file; 0 leaves the exercise out. */
  readonly operations: number;
  readonly onCheck?: (check: Check) => void;
}

/**
 * The quick start's story: the first client stores a file in remote memory and reads it back; the second is refused, is granted, is revoked. Each step is
 * checked, against what the clients got and against what the P4 program counted.
 */
export class Demo {
  private readonly checks: Check[] = [];
  private readonly operations: OperationFigures[] = [];
  private readonly throughput: Throughput[] = [];
  private readonly owner: Party;
  private readonly other: Party;

  constructor(
    private readonly fabric: LocalFabric,
    private readonly options: DemoOptions,
  ) {
    const [owner, other] = [...fabric.clients.values()].map(({ spec, client }) => ({ ...spec, client }));
    if (!owner || !other) throw new Failure('the demonstration needs two clients in the specification');
    this.owner = owner;
    this.other = other;
  }

  async run(): Promise<DemoReport> {
    const { owner, other } = this;
    const stored = await this.store();
    await this.readBack(stored);
    await this.refused(`${other.name} has no permission: read refused`, () => this.get(other.client, stored));
    await this.each(stored, (region) => owner.client.grant(region, other.node, wire.Right.READ));
    await this.granted(stored);
    await this.refused(`${other.name} may only read: write refused`, () =>
      other.client.write(stored.regions[0]!, randomBytes(this.fabric.fabric.pageSize)),
    );
    await this.each(stored, (region) => owner.client.revoke(region, other.node));
    await this.refused(`${other.name}'s grant is revoked: read refused`, () =>
      this.get(other.client, stored),
    );
    await this.spoofed(stored);
    await this.exercised();
    await this.freed(stored);
    this.operations.push(...figures(this.other.name, this.other.client.latencies()));
    const counters = await settledCounters(this.fabric);
    this.check(observeConservation(this.fabric, counters));
    return { checks: this.checks, operations: this.operations, throughput: this.throughput, counters };
  }

  private async store(): Promise<StoredFile> {
    const { name, content } = this.options.file;
    const stored = await this.timed(`put ${name}`, content.length, () => putFile(this.owner.client, content));
    const nodes = new Set(stored.regions.map((r) => r.node));
    const names = this.fabric.fabric.servers.filter((s) => nodes.has(s.node)).map((s) => s.name);
    const wanted = Math.min(
      this.fabric.servers.size,
      Math.ceil(content.length / this.fabric.fabric.pageSize) + 1,
    );
    this.check({
      name: `${this.owner.name} stores ${name}`,
      held: names.length >= wanted,
      seen: `${bytes(content.length)} in ${stored.regions.length} allocations on ${names.join(' and ')}`,
    });
    return stored;
  }

  private async readBack(stored: StoredFile): Promise<void> {
    const { name, content } = this.options.file;
    const expected = createHash('sha256').update(content).digest('hex');
    const { sha256 } = await this.timed(`get ${name}`, content.length, () =>
      this.get(this.owner.client, stored),
    );
    this.check({
      name: `${this.owner.name} reads it back`,
      held: sha256 === expected,
      seen: `SHA-256 ${sha256.slice(0, 16)}…`,
    });
  }

  /** The client is refused, and the P4 program has counted it. */
  private async refused(name: string, call: () => Promise<unknown>): Promise<void> {
    const before = refusedFor(await settledCounters(this.fabric), 'NO_PERMISSION');
    const reason = await refusalOf(call());
    const counted = refusedFor(await settledCounters(this.fabric), 'NO_PERMISSION') - before;
    const seen = `${reason ?? 'not refused'}, the switch counted ${count(counted)}`;
    this.check({ name, held: reason === 'NO_PERMISSION' && counted > 0, seen });
  }

  private async granted(stored: StoredFile): Promise<void> {
    const { other } = this;
    const refusal = await refusalOf(
      this.get(other.client, stored).then(({ sha256 }) => {
        if (sha256 !== stored.sha256) throw new Failure(`${other.name} read other bytes: SHA-256 ${sha256}`);
      }),
    );
    const seen = refusal === undefined ? `SHA-256 ${stored.sha256.slice(0, 16)}…` : `refused: ${refusal}`;
    this.check({
      name: `${other.name} is granted read, and reads the same`,
      held: refusal === undefined,
      seen,
    });
  }

  private async spoofed(stored: StoredFile): Promise<void> {
    const before = refusedFor(await settledCounters(this.fabric), 'SPOOFED_SOURCE');
    spoof(this.fabric, this.owner, this.other, stored.regions[0]!);
    const counted = await this.until(
      async () => refusedFor(await settledCounters(this.fabric), 'SPOOFED_SOURCE') - before,
    );
    const seen = `dropped by the switch: ${count(counted)}`;
    this.check({ name: `${this.other.name} claims to be ${this.owner.name}`, held: counted === 1, seen });
  }

  private async exercised(): Promise<void> {
    const { operations } = this.options;
    if (operations === 0) return;
    const { client, name } = this.owner;
    // What the story took so far; the exercise then measures reads and writes by themselves.
    this.operations.push(...figures(name, client.latencies()));
    const { throughput, latencies, wrong } = await exercise(client, operations);
    this.operations.push(...figures(`${name}, one by one`, latencies));
    this.throughput.push(...throughput);
    const seen = wrong === 0 ? 'every page as it was written' : `${count(wrong)} pages with other bytes`;
    this.check({
      name: `${count(operations)} pages written and read, and 1 MiB in bulk`,
      held: wrong === 0,
      seen,
    });
  }

  private async freed(stored: StoredFile): Promise<void> {
    const { client } = this.owner;
    // If others could write where they may not, the file's own index may be gone: free what put has allocated, then.
    const broken = await refusalOf(removeFile(client, stored.address));
    if (broken) for (const region of stored.regions) await refusalOf(client.free(region));
    const left = [...this.fabric.servers.values()].reduce(
      (sum, { server }) => sum + server.status.allocatedBytes,
      0,
    );
    const permissions = [...this.fabric.controller!.allocations].length;
    const seen = `${bytes(left)} allocated on the servers, ${permissions} allocations at the controller`;
    const held = left === 0 && permissions === 0 && broken === undefined;
    this.check({
      name: `${this.owner.name} frees everything`,
      held,
      seen: broken ? `${broken}; ${seen}` : seen,
    });
  }

  private get(client: MemoryClient, stored: StoredFile): Promise<FetchedFile> {
    return getFile(client, stored.address, () => {});
  }

  private async each(
    stored: StoredFile,
    act: (region: StoredFile['regions'][number]) => Promise<void>,
  ): Promise<void> {
    for (const region of stored.regions) await act(region);
  }

  private async timed<T>(what: string, size: number, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.throughput.push({ what, bytes: size, milliseconds: performance.now() - started });
    return result;
  }

  /** A frame that nobody answers is seen in the counter only; give it a few turns to get there. */
  private async until(read: () => Promise<number>): Promise<number> {
    let value = 0;
    for (let i = 0; i < 20 && value === 0; i++) value = await read();
    return value;
  }

  private check(check: Check): void {
    this.checks.push(check);
    this.options.onCheck?.(check);
  }
}

const figures = (client: string, latencies: ReturnType<MemoryClient['latencies']>): OperationFigures[] =>
  Object.entries(latencies).map(([operation, { count, p50, p99 }]) => ({
    client,
    operation: operation as wire.OpName,
    count,
    p50,
    p99,
  }));

interface Party {
  readonly name: string;
  readonly node: number;
  readonly mac: string;
  readonly client: MemoryClient;
}
