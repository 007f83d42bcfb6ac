import type { SwitchCounters } from '@bluebridge/controller';
import type { wire } from '@bluebridge/memory';

/** Something that the demonstration found to be so, or not. */
export interface Check {
  readonly name: string;
  readonly held: boolean;
  /** What was seen. */
  readonly seen: string;
}

/** Latencies of one kind of operation, microseconds. */
export interface OperationFigures {
  readonly client: string;
  readonly operation: wire.OpName;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

/** Bytes moved in a stretch of the demonstration. */
export interface Throughput {
  readonly what: string;
  readonly bytes: number;
  readonly milliseconds: number;
}

export interface DemoReport {
  readonly checks: readonly Check[];
  readonly operations: readonly OperationFigures[];
  readonly throughput: readonly Throughput[];
  readonly counters: SwitchCounters;
}

export const allHeld = (report: Pick<DemoReport, 'checks'>): boolean => report.checks.every((c) => c.held);
