import { readFileSync } from 'node:fs';
import type { Environment } from '../src/index.js';
import { V1ModelSwitch } from '../src/index.js';

export type EngineName = 'compiled' | 'interpreter';
export const ENGINES: readonly EngineName[] = ['interpreter', 'compiled'];

export function fixture(name: string): string {
  return readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');
}

/** A clock that the test moves, random numbers from a small generator, and a log that the test reads. */
export class TestEnvironment implements Environment {
  time = 1000;
  readonly messages: string[] = [];
  private seed = 12345n;

  now(): number {
    return this.time;
  }

  random(bound: bigint): bigint {
    this.seed = (this.seed * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return (this.seed >> 11n) % bound;
  }

  log(message: string): void {
    this.messages.push(message);
  }
}

export function newSwitch(
  name: string,
  engine: EngineName,
  options: { cpuPort?: number } = {},
): { sw: V1ModelSwitch; environment: TestEnvironment } {
  const environment = new TestEnvironment();
  const sw = new V1ModelSwitch({ environment, ...options });
  sw.loadPipeline(fixture(name), { engine });
  return { sw, environment };
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replace(/\s+/g, ''), 'hex'));
}

/** Everything about a switch that a packet can have changed, for comparing two engines. */
export function stateOf(sw: V1ModelSwitch): unknown {
  const { control } = sw;
  const cells = <T>(size: number, read: (index: number) => T): T[] =>
    Array.from({ length: Math.min(size, 64) }, (_, index) => read(index));
  return {
    registers: [...control.registers.values()].map((r) => [r.name, cells(r.size, (i) => r.read(i))]),
    counters: [...control.counters.values()].map((c) => [c.name, cells(c.size, (i) => c.read(i))]),
    tables: [...control.tables.values()].map((table) => [
      table.info.name,
      [...table.entries()].map(({ handle, counter }) => [handle, counter]),
      table.defaultEntry?.counter,
    ]),
    drops: { ...sw.drops },
  };
}
