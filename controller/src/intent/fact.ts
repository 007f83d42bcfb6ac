import type { Allocation } from './allocations.js';
import type { Range } from './ranges.js';

/** A range of a node's addresses that is at home on another server. */
export interface Move extends Range {
  readonly kind: 'move';
  readonly node: number;
  /** Node id of the server that has it. */
  readonly to: number;
}

/** One thing that the intent says and that entries and a record follow from. */
export type Fact = Allocation | Move;
