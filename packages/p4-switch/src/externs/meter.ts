import { P4SwitchError } from '../errors.js';
import type { MeterDecl } from '../ir/program.js';
import type { MeterConfig, MeterControl } from '../switch/control-plane.js';
import { checkIndex } from './counter-array.js';

export const GREEN = 0;
export const YELLOW = 1;
export const RED = 2;

/** One two-rate three-colour meter, colour-blind (RFC 2698, section 3). Without a configuration all is green. */
export class Meter {
  private config: MeterConfig | undefined;
  private committed = 0;
  private peak = 0;
  private last = 0;
  private cirPerMicro = 0;
  private pirPerMicro = 0;

  get configuration(): MeterConfig | undefined {
    return this.config;
  }

  /** Buckets start full, at time `now` (microseconds). */
  configure(config: MeterConfig | undefined, now: number): void {
    if (config) {
      for (const [name, value] of Object.entries(config) as [string, bigint][]) {
        if (value < 0n) throw new P4SwitchError('BAD_ARGUMENT', `meter ${name} is negative (${value})`);
      }
      if (config.pir < config.cir) {
        throw new P4SwitchError('BAD_ARGUMENT', `meter pir ${config.pir} is below cir ${config.cir}`);
      }
      this.committed = Number(config.cburst);
      this.peak = Number(config.pburst);
      this.cirPerMicro = Number(config.cir) / 1e6;
      this.pirPerMicro = Number(config.pir) / 1e6;
      this.last = now;
    }
    this.config = config;
  }

  /** @param amount bytes or packets, @param now microseconds. @returns the colour, 0 green, 1 yellow, 2 red. */
  execute(amount: number, now: number): number {
    const config = this.config;
    if (!config) return GREEN;
    const elapsed = Math.max(0, now - this.last);
    this.last = now;
    this.committed = Math.min(Number(config.cburst), this.committed + elapsed * this.cirPerMicro);
    this.peak = Math.min(Number(config.pburst), this.peak + elapsed * this.pirPerMicro);
    if (this.peak < amount) return RED;
    this.peak -= amount;
    if (this.committed < amount) return YELLOW;
    this.committed -= amount;
    return GREEN;
  }
}

export class MeterArray implements MeterControl {
  readonly name: string;
  readonly size: number;
  readonly unit: 'bytes' | 'packets';
  /** Cells that were configured; the rest is green. */
  private readonly cells = new Map<number, Meter>();

  constructor(
    decl: MeterDecl,
    private readonly now: () => number,
  ) {
    this.name = decl.name;
    this.size = decl.size;
    this.unit = decl.unit;
  }

  /** @returns the colour, or -1 if there is no such cell (the target is then left alone, as in BMv2). */
  execute(index: number, length: number): number {
    if (index < 0 || index >= this.size) return -1;
    const cell = this.cells.get(index);
    return cell ? cell.execute(this.unit === 'bytes' ? length : 1, this.now()) : GREEN;
  }

  read(index: number): MeterConfig | undefined {
    checkIndex('meter', this.name, index, this.size);
    return this.cells.get(index)?.configuration;
  }

  write(index: number, config: MeterConfig | undefined): void {
    checkIndex('meter', this.name, index, this.size);
    const cell = this.cells.get(index) ?? new Meter();
    cell.configure(config, this.now());
    if (config) this.cells.set(index, cell);
    else this.cells.delete(index);
  }
}
