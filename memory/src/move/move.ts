import type { MemoryClient } from '../client/client.js';
import { MemoryError } from '../client/errors.js';
import type { Region } from '../client/options.js';
import { decodeRuns, encodeMove, MOVED_ANSWER_BYTES, MoveStep, type PageRun } from '../wire/index.js';
import type { MoveOrders } from './orders.js';

/** How to ask two servers for the steps of one move: each client speaks to one server, as node `ffff`. */
export interface MoveEnds {
  readonly source: MemoryClient;
  readonly target: MemoryClient;
  readonly orders: MoveOrders;
}

export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Pages under way. Default 32. */
  readonly window?: number;
  /** So few changed pages are left to the moment when nobody writes. Default 64. */
  readonly freezeBelow?: number;
}

export interface CopyReport {
  /** Pages that were copied, those that changed meanwhile more than once. */
  readonly pages: number;
  /** Of those, while nobody could write. */
  readonly frozenPages: number;
  /** Answers that the target learned. */
  readonly answers: number;
}

/** However fast somebody writes, copying gives up catching up after so many times the size of the range. */
const MOST_ROUNDS = 3;

/**
 * Bring an allocation to another server while clients use it: copy what is there, then what changed meanwhile, until little is left;
 * then stop the writes, copy the rest and what was answered (so that a repeated WRITE does not take effect again), and stop the source.
 * From then on clients are told BUSY, until the switch sends them to the target and `serve` was called.
 * @throws MemoryError NOT_ALLOCATED if it was freed meanwhile, NO_MEMORY if the target has no room, TIMEOUT if one does not answer
 */
export async function copyRange(
  ends: MoveEnds,
  region: Region,
  options: CopyOptions = {},
): Promise<CopyReport> {
  const { window = 32, freezeBelow = 64, signal } = options;
  const { source, target } = ends;
  await step(ends, target, region, MoveStep.HOST, { signal });
  await step(ends, source, region, MoveStep.TRACK, { signal });
  const most = (MOST_ROUNDS * region.length) / source.pageSize;
  let number = 0;
  let pages = 0;
  /** @returns pages that are left */
  const copyBatch = async (): Promise<{ copied: number; left: number }> => {
    number = (number + 1) & 0xffff;
    const told = await step(ends, source, region, MoveStep.PAGES, { arg: number, signal });
    const runs = decodeRuns(told.payload);
    await copyPages(ends, region, runs, window, signal);
    const copied = runs.reduce((sum, { count }) => sum + count, 0);
    pages += copied;
    return { copied, left: told.length };
  };
  for (let left = Number.POSITIVE_INFINITY; left > freezeBelow && pages < most; )
    ({ left } = await copyBatch());
  await step(ends, source, region, MoveStep.FREEZE, { signal });
  const before = pages;
  for (let batch = { copied: 1, left: 1 }; batch.copied > 0 || batch.left > 0; ) batch = await copyBatch();
  const answers = await copyAnswers(ends, region, signal);
  await step(ends, source, region, MoveStep.CUT, { signal });
  return { pages, frozenPages: pages - before, answers };
}

/** The switch sends requests to the target: it serves them, and the source gives the bytes back. Can be repeated. */
export async function serveRange(ends: MoveEnds, region: Region, signal?: AbortSignal): Promise<void> {
  await step(ends, ends.target, region, MoveStep.SERVE, { signal });
  await step(ends, ends.source, region, MoveStep.RELEASE, { signal });
}

/** Go back to how it was before `copyRange`. Can be repeated. Both servers are asked, also when the first does not answer. */
export async function abandonMove(ends: MoveEnds, region: Region): Promise<void> {
  const outcomes = await Promise.allSettled([
    step(ends, ends.source, region, MoveStep.THAW),
    step(ends, ends.target, region, MoveStep.DROP),
  ]);
  for (const outcome of outcomes) {
    // An allocation that was freed needs no way back.
    if (outcome.status === 'rejected' && !isGone(outcome.reason)) throw outcome.reason;
  }
}

/** The addresses of a range that lived elsewhere are free again at its own server. */
export async function forgetRange(
  home: MemoryClient,
  orders: MoveOrders,
  region: Region,
  signal?: AbortSignal,
): Promise<void> {
  await home.move(region, MoveStep.DROP, encodeMove(orders.next()), { signal });
}

export const isGone = (error: unknown): boolean =>
  error instanceof MemoryError && error.code === 'NOT_ALLOCATED';

function step(
  { orders }: MoveEnds,
  server: MemoryClient,
  region: Region,
  which: MoveStep,
  options: { arg?: number; signal?: AbortSignal; data?: Uint8Array } = {},
): Promise<{ length: number; payload: Uint8Array }> {
  return server.move(region, which, encodeMove(orders.next(), options.data), options);
}

async function copyPages(
  { source, target }: MoveEnds,
  { node, pointer }: Region,
  runs: readonly PageRun[],
  window: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { pageSize } = source;
  const pages = pagesOf(runs);
  const worker = async (): Promise<void> => {
    const bytes = new Uint8Array(pageSize);
    for (const page of pages) {
      const address = { node, pointer: pointer + BigInt(page * pageSize) };
      await source.read(address, pageSize, { into: bytes, signal });
      await target.write(address, bytes, { signal });
    }
  };
  await Promise.all(Array.from({ length: window }, worker));
}

function* pagesOf(runs: readonly PageRun[]): Generator<number> {
  for (const { first, count } of runs) for (let i = 0; i < count; i++) yield first + i;
}

async function copyAnswers(ends: MoveEnds, region: Region, signal?: AbortSignal): Promise<number> {
  let learned = 0;
  for (let batch = 0, total = 1; learned < total; batch++) {
    const told = await step(ends, ends.source, region, MoveStep.ANSWERS, { arg: batch, signal });
    total = told.length;
    if (told.payload.length === 0) break;
    await step(ends, ends.target, region, MoveStep.LEARN, { data: told.payload, signal });
    learned += told.payload.length / MOVED_ANSWER_BYTES;
  }
  return learned;
}
