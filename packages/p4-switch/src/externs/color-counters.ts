import type { ColorCounts, CounterValue } from '../switch/control-plane.js';

const MASK64 = (1n << 64n) - 1n;
const COLORS = ['green', 'yellow', 'red'] as const;

/** Packets and bytes that one meter marked, by colour (0 green, 1 yellow, 2 red). */
export class ColorCounters {
  private readonly packets = [0, 0, 0];
  private readonly bytes = [0, 0, 0];
  /** What was written; the hot path adds doubles beside it. */
  private readonly base: CounterValue[] = COLORS.map(() => ({ packets: 0n, bytes: 0n }));

  count(color: number, length: number): void {
    this.packets[color]! += 1;
    this.bytes[color]! += length;
  }

  read(): ColorCounts {
    const [green, yellow, red] = this.base.map(({ packets, bytes }, color) => ({
      packets: (packets + BigInt(this.packets[color]!)) & MASK64,
      bytes: (bytes + BigInt(this.bytes[color]!)) & MASK64,
    })) as [CounterValue, CounterValue, CounterValue];
    return { green, yellow, red };
  }

  write(counts: Partial<ColorCounts>): void {
    for (const [color, name] of COLORS.entries()) {
      const value = counts[name];
      if (!value) continue;
      this.base[color] = value;
      this.packets[color] = 0;
      this.bytes[color] = 0;
    }
  }
}
