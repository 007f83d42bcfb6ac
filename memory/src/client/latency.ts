import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { Op, type OpName, opName } from '../wire/index.js';

/** How long operations took, from the first sending to the answer. Microseconds. */
export interface Latency {
  count: number;
  p50: number;
  p99: number;
  min: number;
  max: number;
  mean: number;
}

const NANOSECONDS = 1_000_000;

/** One HDR histogram (three significant figures) for each kind of operation. */
export class Latencies {
  readonly #byOp = new Map<number, RecordableHistogram>();

  record(op: number, milliseconds: number): void {
    let histogram = this.#byOp.get(op);
    if (histogram === undefined) {
      histogram = createHistogram();
      this.#byOp.set(op, histogram);
    }
    histogram.record(Math.max(1, Math.round(milliseconds * NANOSECONDS)));
  }

  /** Of the operations that were answered at least once, in the order of their numbers. */
  summary(): Partial<Record<OpName, Latency>> {
    const summary: Partial<Record<OpName, Latency>> = {};
    for (const op of Object.values(Op)) {
      const histogram = this.#byOp.get(op);
      if (histogram === undefined) continue;
      summary[opName(op) as OpName] = {
        count: histogram.count,
        p50: histogram.percentile(50) / 1000,
        p99: histogram.percentile(99) / 1000,
        min: histogram.min / 1000,
        max: histogram.max / 1000,
        mean: histogram.mean / 1000,
      };
    }
    return summary;
  }

  reset(): void {
    this.#byOp.clear();
  }
}
