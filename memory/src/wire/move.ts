// What the controller asks of servers to move an allocation from one to the other (docs/protocol.md, "Moving memory").

/** The steps of a move: the flags of a MOVE. */
export const MoveStep = {
  /** Source: note which pages are written from now on; at first those that may not read zero. */
  TRACK: 1,
  /** Source: which pages are noted. `arg` counts batches from 1; the same number again is the same batch. */
  PAGES: 2,
  /** Source: no page changes any more. */
  FREEZE: 3,
  /** Source: what was answered to WRITEs and TRIMs of this range. `arg` counts batches from 0. */
  ANSWERS: 4,
  /** Source: the range is not served any more. */
  CUT: 5,
  /** Source: as before the move. */
  THAW: 6,
  /** Source: give the bytes back; the addresses stay taken. */
  RELEASE: 7,
  /** Target: room for the range, zero, which only the controller may write. */
  HOST: 8,
  /** Target: what the source answered. */
  LEARN: 9,
  /** Target: the range is served. */
  SERVE: 10,
  /** Either: forget the range, its addresses too. */
  DROP: 11,
} as const;
export type MoveStep = (typeof MoveStep)[keyof typeof MoveStep];

/** Orders the steps that a server is asked for, so that a late duplicate of an earlier one is known. */
export interface MoveOrder {
  /** Of the controller: milliseconds since 1970 at its start. */
  readonly session: bigint;
  /** Counts its steps. */
  readonly sequence: number;
}

export const MOVE_ORDER_BYTES = 12;

/** The payload of a MOVE: its order, and what the step needs. */
export function encodeMove(
  { session, sequence }: MoveOrder,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(MOVE_ORDER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, session);
  view.setUint32(8, sequence);
  bytes.set(data, MOVE_ORDER_BYTES);
  return bytes;
}

/** @returns undefined for a payload that is too short */
export function decodeMove(payload: Uint8Array): { order: MoveOrder; data: Uint8Array } | undefined {
  if (payload.length < MOVE_ORDER_BYTES) return undefined;
  const view = viewOf(payload);
  const order = { session: view.getBigUint64(0), sequence: view.getUint32(8) };
  return { order, data: payload.subarray(MOVE_ORDER_BYTES) };
}

/** So many pages in a row, counted in pages from the start of the range. */
export interface PageRun {
  readonly first: number;
  readonly count: number;
}

export const PAGE_RUN_BYTES = 8;

export function encodeRuns(runs: readonly PageRun[]): Uint8Array {
  const bytes = new Uint8Array(runs.length * PAGE_RUN_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, { first, count }] of runs.entries()) {
    view.setUint32(i * PAGE_RUN_BYTES, first);
    view.setUint32(i * PAGE_RUN_BYTES + 4, count);
  }
  return bytes;
}

export function decodeRuns(bytes: Uint8Array): PageRun[] {
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / PAGE_RUN_BYTES) }, (_, i) => ({
    first: view.getUint32(i * PAGE_RUN_BYTES),
    count: view.getUint32(i * PAGE_RUN_BYTES + 4),
  }));
}

/** An answer that was given to a WRITE or TRIM, and how long ago. */
export interface MovedAnswer {
  readonly client: number;
  readonly op: number;
  readonly kind: number;
  readonly status: number;
  readonly tag: number;
  readonly pointerHigh: number;
  readonly pointerLow: number;
  readonly length: number;
  /** Milliseconds. */
  readonly age: number;
}

export const MOVED_ANSWER_BYTES = 28;

export function encodeAnswers(answers: readonly MovedAnswer[]): Uint8Array {
  const bytes = new Uint8Array(answers.length * MOVED_ANSWER_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, a] of answers.entries()) {
    const at = i * MOVED_ANSWER_BYTES;
    view.setUint16(at, a.client);
    view.setUint8(at + 2, a.op);
    view.setUint8(at + 3, a.kind);
    view.setUint8(at + 4, a.status);
    view.setUint32(at + 8, a.tag);
    view.setUint32(at + 12, a.pointerHigh);
    view.setUint32(at + 16, a.pointerLow);
    view.setUint32(at + 20, a.length);
    view.setUint32(at + 24, Math.min(a.age, 0xffff_ffff));
  }
  return bytes;
}

export function decodeAnswers(bytes: Uint8Array): MovedAnswer[] {
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / MOVED_ANSWER_BYTES) }, (_, i) => {
    const at = i * MOVED_ANSWER_BYTES;
    return {
      client: view.getUint16(at),
      op: view.getUint8(at + 2),
      kind: view.getUint8(at + 3),
      status: view.getUint8(at + 4),
      tag: view.getUint32(at + 8),
      pointerHigh: view.getUint32(at + 12),
      pointerLow: view.getUint32(at + 16),
      length: view.getUint32(at + 20),
      age: view.getUint32(at + 24),
    };
  });
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
