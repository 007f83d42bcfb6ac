import {
  DEFECTS,
  type Defect,
  Op,
  type OpName,
  opName,
  type Reason,
  type ReasonName,
  reasonName,
} from '../wire/index.js';

/** What a home did for clients that keep copies of its pages. */
export interface HomeCounters {
  /** Pages sent for GETS and GETM, and to others on behalf of an owner. */
  pagesGranted: number;
  pagesForwarded: number;
  upgrades: number;
  writebacks: number;
  /** GETM that were overtaken by a newer grant, and not answered. */
  late: number;
}

/** What a server has seen and done since it started. */
export interface ServerCounters {
  /** Frames that arrived. */
  frames: number;
  /** For another MAC address, or from a group address. */
  foreign: number;
  /** Protocol frames for another node. */
  otherNode: number;
  /** Replies and NACKs, which a server never answers. */
  notRequests: number;
  /** Frames that are no message, by what is wrong with them. NOT_PROTOCOL is ordinary traffic. */
  defects: Record<Defect, number>;
  /** Requests, by operation (WRITE: frames). */
  requests: Record<OpName, number>;
  /** REPLY frames sent. */
  replies: number;
  /** NACKs sent, by reason. */
  nacks: Partial<Record<ReasonName, number>>;
  /** Requests answered from memory because they had taken effect already. */
  repeated: number;
  bytesRead: number;
  bytesWritten: number;
  bytesTrimmed: number;
  /** Answers that the wire dropped. */
  sendDropped: number;
  home: HomeCounters;
}

export function newCounters(): ServerCounters {
  return {
    frames: 0,
    foreign: 0,
    otherNode: 0,
    notRequests: 0,
    defects: Object.fromEntries(DEFECTS.map((defect) => [defect, 0])) as Record<Defect, number>,
    requests: Object.fromEntries(Object.keys(Op).map((op) => [op, 0])) as Record<OpName, number>,
    replies: 0,
    nacks: {},
    repeated: 0,
    bytesRead: 0,
    bytesWritten: 0,
    bytesTrimmed: 0,
    sendDropped: 0,
    home: { pagesGranted: 0, pagesForwarded: 0, upgrades: 0, writebacks: 0, late: 0 },
  };
}

export function countRequest(counters: ServerCounters, op: number): void {
  const name = opName(op) as OpName;
  if (name in counters.requests) counters.requests[name]++;
}

export function countNack(counters: ServerCounters, reason: Reason): void {
  const name = reasonName(reason)!;
  counters.nacks[name] = (counters.nacks[name] ?? 0) + 1;
}
