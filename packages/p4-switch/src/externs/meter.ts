import { P4SwitchError } from '../errors.js';
import type { MeterDecl } from '../ir/program.js';
import type { ColorCounts, MeterConfig, MeterControl } from '../switch/control-plane.js';
import { ColorCounters } from './color-counters.js';
import { checkIndex } from './counter-array.js';

export const GREEN = 0;
export const YELLOW = 1;
export const RED = 2;

/**
 * One colour-blind meter: two rates and three colours (RFC 2698, section 3), or with an excess burst one rate and three
 * colours (RFC 2697, section 3). Without a configuration all is green.
 */
export class Meter {
  readonly colors = new ColorCounters();
  private config: MeterConfig | undefined;
  private committed = 0;
  /** Tokens of the second bucket: the peak rate's, or the excess burst. */
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
      for (const [name, value] of Object.entries(config) as [string, bigint | undefined][]) {
        if (value === undefined) continue;
        if (value < 0n) throw new P4SwitchError('BAD_ARGUMENT', `meter ${name} is negative (${value})`);
      }
      if (!config.eburst && config.pir < config.cir) {
        throw new P4SwitchError('BAD_ARGUMENT', `meter pir ${config.pir} is below cir ${config.cir}`);
      }
      this.committed = Number(config.cburst);
      this.peak = Number(config.eburst || config.pburst);
      this.cirPerMicro = Number(config.cir) / 1e6;
      this.pirPerMicro = Number(config.pir) / 1e6;
      this.last = now;
    }
    this.config = config;
  }

  /**
   * @param amount in the meter's unit, @param length in bytes, @param now microseconds
   * @returns the colour, 0 green, 1 yellow, 2 red
   */
  execute(amount: number, length: number, now: number): number {
    const color = this.config ? this.mark(this.config, amount, now) : GREEN;
    this.colors.count(color, length);
    return color;
  }

  private mark(config: MeterConfig, amount: number, now: number): number {
    const elapsed = Math.max(0, now - this.last);
    this.last = now;
    if (config.eburst) return this.markSingleRate(config, config.eburst, amount, elapsed);
    this.committed = Math.min(Number(config.cburst), this.committed + elapsed * this.cirPerMicro);
    this.peak = Math.min(Number(config.pburst), this.peak + elapsed * this.pirPerMicro);
    if (this.peak < amount) return RED;
    this.peak -= amount;
    if (this.committed < amount) return YELLOW;
    this.committed -= amount;
    return GREEN;
  }

  /** Tokens that the committed bucket has no room for go to the excess one. */
  private markSingleRate(config: MeterConfig, eburst: bigint, amount: number, elapsed: number): number {
    const filled = this.committed + elapsed * this.cirPerMicro;
    this.committed = Math.min(Number(config.cburst), filled);
    this.peak = Math.min(Number(eburst), this.peak + (filled - this.committed));
    if (this.committed >= amount) {
      this.committed -= amount;
      return GREEN;
    }
    if (this.peak < amount) return RED;
    this.peak -= amount;
    return YELLOW;
  }
}

const NOTHING = new ColorCounters();

export class MeterArray implements MeterControl {
  readonly name: string;
  readonly size: number;
  readonly unit: 'bytes' | 'packets';
  /** Cells that were configured or marked a packet; the rest is green. */
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
    return this.cell(index).execute(this.unit === 'bytes' ? length : 1, length, this.now());
  }

  read(index: number): MeterConfig | undefined {
    checkIndex('meter', this.name, index, this.size);
    return this.cells.get(index)?.configuration;
  }

  write(index: number, config: MeterConfig | undefined): void {
    checkIndex('meter', this.name, index, this.size);
    if (config || this.cells.has(index)) this.cell(index).configure(config, this.now());
  }

  readColors(index: number): ColorCounts {
    checkIndex('meter', this.name, index, this.size);
    return (this.cells.get(index)?.colors ?? NOTHING).read();
  }

  writeColors(index: number, counts: Partial<ColorCounts>): void {
    checkIndex('meter', this.name, index, this.size);
    this.cell(index).colors.write(counts);
  }

  private cell(index: number): Meter {
    let cell = this.cells.get(index);
    if (!cell) {
      cell = new Meter();
      this.cells.set(index, cell);
    }
    return cell;
  }
}
