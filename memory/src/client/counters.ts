import { DEFECTS, type Defect } from '../wire/index.js';

/** What a client has sent, heard and ignored since it started. */
export interface ClientCounters {
  framesSent: number;
  /** Requests that the wire dropped. */
  sendDropped: number;
  /** Frames that arrived. */
  frames: number;
  /** For another MAC address, node or port, or no answers at all. */
  foreign: number;
  /** Answers to what is already settled, duplicates, and chunks of an older snapshot. */
  late: number;
  /** Answers with an open tag that do not fit what was asked. */
  mismatched: number;
  /** Frames that are no message, by what is wrong with them. NOT_PROTOCOL is ordinary traffic. */
  defects: Record<Defect, number>;
  /** Operations sent again. */
  retransmissions: number;
  /** Answers that did not come in time. */
  timeouts: number;
  /** NACKs that said BUSY. */
  busy: number;
  completed: number;
  /** Refused, given up, aborted or closed. */
  failed: number;
  /** Allocations that succeeded after their caller had gone, freed again. */
  reclaimed: number;
}

export function newCounters(): ClientCounters {
  return {
    framesSent: 0,
    sendDropped: 0,
    frames: 0,
    foreign: 0,
    late: 0,
    mismatched: 0,
    defects: Object.fromEntries(DEFECTS.map((defect) => [defect, 0])) as Record<Defect, number>,
    retransmissions: 0,
    timeouts: 0,
    busy: 0,
    completed: 0,
    failed: 0,
    reclaimed: 0,
  };
}
