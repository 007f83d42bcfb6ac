import type { Effect } from './effect.js';
import type { Move } from './fact.js';
import { overlaps, type Range } from './ranges.js';
import { type SortedMap, sortedMap } from './sorted-map.js';

/** Which ranges of a node's addresses are at home on another server. Disjoint, and merged where neighbours go to the same one. */
export class Moves {
  private readonly nodes = new Map<number, SortedMap<Move>>();

  *[Symbol.iterator](): IterableIterator<Move> {
    for (const moves of this.nodes.values()) yield* moves.values();
  }

  /** Where an address is at home, if not on its own node. */
  homeOf(node: number, pointer: bigint): number | undefined {
    const moves = this.nodes.get(node);
    const found = moves?.get(pointer) ?? moves?.nextLowerPair(pointer)?.[1];
    return found && pointer < found.end ? found.to : undefined;
  }

  /** Those that have a part of the range. */
  overlapping(node: number, range: Range): readonly Move[] {
    const moves = this.nodes.get(node);
    return moves ? touching(moves, range).filter((m) => overlaps(m, range)) : [];
  }

  /** From now on a range is at home on `to`, wherever it was; on its own node, it is not moved any more. */
  move(node: number, { start, end }: Range, to: number): Effect {
    let moves = this.nodes.get(node);
    if (!moves) {
      moves = sortedMap<Move>();
      this.nodes.set(node, moves);
    }
    const removed = touching(moves, { start, end });
    const pieces: Move[] = [];
    let whole = { start, end };
    for (const m of removed) {
      const merges = m.to === to && to !== node;
      if (merges) {
        whole = { start: lesser(m.start, whole.start), end: greater(m.end, whole.end) };
        continue;
      }
      if (m.start < start) pieces.push({ ...m, end: lesser(m.end, start) });
      if (m.end > end) pieces.push({ ...m, start: greater(m.start, end) });
    }
    if (to !== node) pieces.push({ kind: 'move', node, ...whole, to });
    pieces.sort((a, b) => (a.start < b.start ? -1 : 1));
    for (const m of removed) moves.delete(m.start);
    for (const m of pieces) moves.set(m.start, m);
    const same = (a: Move, b: Move) => a.start === b.start && a.end === b.end && a.to === b.to;
    return {
      removed: removed.filter((r) => !pieces.some((p) => same(p, r))),
      added: pieces.filter((p) => !removed.some((r) => same(p, r))),
    };
  }

  /** Put back what was stored, or what was there before a change that has to be taken back. */
  restore(move: Move): void {
    const moves = this.nodes.get(move.node) ?? sortedMap<Move>();
    this.nodes.set(move.node, moves);
    moves.set(move.start, move);
  }

  remove(move: Move): void {
    this.nodes.get(move.node)?.delete(move.start);
  }
}

const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const greater = (a: bigint, b: bigint): bigint => (a < b ? b : a);

/** Those that overlap the range or border on it. */
function touching(moves: SortedMap<Move>, range: Range): Move[] {
  const found: Move[] = [];
  const before = moves.nextLowerPair(range.start)?.[1];
  if (before && (overlaps(before, range) || before.end === range.start)) found.push(before);
  moves.forRange(range.start, range.end, true, (_start, m) => {
    found.push(m);
  });
  return found;
}
