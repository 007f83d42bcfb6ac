/** How many generations back a server's word can still be told from a repetition. */
const WINDOW = 65_536n;
/** Gaps that are remembered; a server that loses more replies than this within the window is not ours to please. */
const MAX_INTERVALS = 1024;

/** A closed interval of generations. */
export type Interval = readonly [from: bigint, to: bigint];

/**
 * Which generations of one incarnation were already heard. Servers count them one by one, so a few intervals hold them all, and so few that
 * they are stored with every change. What is below the window counts as heard.
 */
export class HeardGenerations {
  /** Ascending, disjoint, never adjacent. */
  private intervals: Interval[];

  constructor(intervals: readonly Interval[] = []) {
    this.intervals = [...intervals];
  }

  has(generation: bigint): boolean {
    const highest = this.intervals.at(-1)?.[1] ?? 0n;
    if (generation + WINDOW <= highest) return true;
    const interval = this.intervals[this.indexOf(generation)];
    return interval !== undefined && interval[0] <= generation;
  }

  add(generation: bigint): void {
    const at = this.indexOf(generation);
    const next = this.intervals[at];
    if (next && next[0] <= generation) return;
    const previous = this.intervals[at - 1];
    const joinsPrevious = previous !== undefined && previous[1] + 1n === generation;
    const joinsNext = next !== undefined && generation + 1n === next[0];
    const joined: Interval = [joinsPrevious ? previous[0] : generation, joinsNext ? next[1] : generation];
    this.intervals.splice(at - (joinsPrevious ? 1 : 0), Number(joinsPrevious) + Number(joinsNext), joined);
    this.forget();
  }

  toIntervals(): readonly Interval[] {
    return this.intervals;
  }

  /** The first interval that ends at or after a generation. */
  private indexOf(generation: bigint): number {
    let [low, high] = [0, this.intervals.length];
    // Mostly it is the newest.
    if (high > 0 && this.intervals[high - 1]![1] < generation) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.intervals[middle]![1] < generation) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private forget(): void {
    const floor = this.intervals.at(-1)![1] - WINDOW;
    while (this.intervals[0]![1] <= floor) this.intervals.shift();
    // Too many gaps: the oldest ones count as heard.
    while (this.intervals.length > MAX_INTERVALS) {
      const [first, second] = this.intervals as [Interval, Interval];
      this.intervals.splice(0, 2, [first[0], second[1]]);
    }
  }
}
