/** Runs of pages in ascending order, and what to fetch before it is asked for. Pure. */
export interface PrefetchOptions {
  pageSize: number;
  /** Pages fetched ahead at most; 0: none. */
  depth: number;
  /** Runs that are followed at the same time. Default 8. */
  streams?: number;
}

interface Stream {
  node: number;
  /** The page expected next. */
  next: number;
  /** Pages seen in order. */
  length: number;
  /** Fetched up to here, exclusive. */
  ahead: number;
}

/** A run is believed from its second page on; then twice as much is fetched with each page, up to `depth`. */
export class SequentialPrefetch {
  readonly #streams: Stream[] = [];

  constructor(private readonly options: PrefetchOptions) {
    const { depth } = options;
    if (!Number.isInteger(depth) || depth < 0) {
      throw new RangeError(`a prefetch of ${depth} pages is not a whole number from 0 on`);
    }
  }

  /**
   * A page is read. @param start of the page, bytes
   * @returns the pages to fetch, as [first, end) in bytes; undefined if none
   */
  read(node: number, start: number): { from: number; to: number } | undefined {
    const { pageSize, depth, streams = 8 } = this.options;
    if (depth === 0) return undefined;
    const at = this.#streams.findIndex((stream) => stream.node === node && stream.next === start);
    if (at < 0) {
      const isRepetition = this.#streams.some((s) => s.node === node && s.next === start + pageSize);
      if (isRepetition) return undefined;
      if (this.#streams.length === streams) this.#streams.shift();
      this.#streams.push({ node, next: start + pageSize, length: 1, ahead: start + pageSize });
      return undefined;
    }
    const [stream] = this.#streams.splice(at, 1) as [Stream];
    this.#streams.push(stream); // the oldest stands first
    stream.length++;
    stream.next = start + pageSize;
    const wanted = stream.next + Math.min(depth, 2 ** Math.min(30, stream.length - 1)) * pageSize;
    const from = Math.max(stream.ahead, stream.next);
    stream.ahead = Math.max(stream.ahead, wanted);
    return from < wanted ? { from, to: wanted } : undefined;
  }

  /** What was fetched ahead cannot be had: the run ends here. */
  end(node: number, start: number): void {
    const at = this.#streams.findIndex(
      (stream) => stream.node === node && stream.next <= start && start < stream.ahead,
    );
    if (at >= 0) this.#streams.splice(at, 1);
  }
}
