/** Sequences of faults in ascending order, and how many pages to fetch with the next. Pure. */
export class Readahead {
  readonly #streams: { next: number; window: number }[] = [];

  /** @param depth pages fetched ahead at most; 0: none */
  constructor(
    private readonly depth: number,
    private readonly streams = 8,
  ) {}

  /**
   * A page that was not there is touched. Pages that were fetched ahead cause no fault, so the next fault of a sequence is just
   * behind what was fetched for it; then twice as much is fetched.
   * @returns how many pages behind it to fetch
   */
  fault(page: number): number {
    if (this.depth === 0) return 0;
    const at = this.#streams.findIndex(({ next }) => next === page);
    const [stream] = at < 0 ? [{ next: page, window: 0 }] : this.#streams.splice(at, 1);
    const { window } = stream!;
    this.#streams.push({ next: page + window + 1, window: Math.min(this.depth, Math.max(1, window * 2)) });
    if (this.#streams.length > this.streams) this.#streams.shift();
    return window;
  }
}
