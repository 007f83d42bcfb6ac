import type { wire } from '@bluebridge/memory';
import type { Effect } from './effect.js';
import { HeardGenerations, type Interval } from './heard.js';
import type { Range, RightsRange } from './ranges.js';
import { contains, overlaps, setRights } from './ranges.js';
import { type SortedMap, sortedMap } from './sorted-map.js';

export interface Allocation extends Range {
  readonly kind: 'allocation';
  readonly node: number;
  /** Protection domain of the client that allocated it. */
  readonly owner: number;
  readonly generation: bigint;
  /** Rights of other domains on parts of it: disjoint, ascending, merged. */
  readonly shares: ReadonlyMap<number, readonly RightsRange[]>;
}

/** Most allocations are shared with nobody: one map for all of them. */
export const NOT_SHARED: ReadonlyMap<number, readonly RightsRange[]> = new Map();

interface NodeState {
  incarnation: bigint;
  heard: HeardGenerations;
  /** By start; allocations never overlap. */
  readonly allocations: SortedMap<Allocation>;
  used: bigint;
}

/** What is known of a server process: which one it is, and which of its words were heard. */
export interface ServerLife {
  readonly node: number;
  readonly incarnation: bigint;
  readonly heard: readonly Interval[];
}

/** What a server's word was: news, known already, or too late to be true. */
export type Verdict = 'applied' | 'repeated' | 'stale';

/** What a word about allocations did to them. */
export interface AllocationEffect extends Effect {
  readonly verdict: Verdict;
  readonly removed: readonly Allocation[];
  readonly added: readonly Allocation[];
}

const without = (
  verdict: Verdict,
  removed: readonly Allocation[] = [],
  heard?: readonly number[],
): AllocationEffect => ({ verdict, removed, added: [], heard });

/**
 * Who owns which memory and who else may use it: the part of the intent that changes while the fabric runs. Pure state; the
 * caller turns it into entries (`plan`) and applies the difference. Each change costs O(log n) in the node's allocations.
 */
export class Allocations {
  private readonly nodes = new Map<number, NodeState>();

  *[Symbol.iterator](): IterableIterator<Allocation> {
    for (const state of this.nodes.values()) yield* state.allocations.values();
  }

  /** How many allocations there are. */
  get size(): number {
    let size = 0;
    for (const { allocations } of this.nodes.values()) size += allocations.size;
    return size;
  }

  /** Bytes allocated on a node. */
  used(node: number): bigint {
    return this.nodes.get(node)?.used ?? 0n;
  }

  /** A server said that it gave a range to a domain. What overlaps it is gone, or the server would not have given it. */
  allocated(node: number, range: Range, owner: number, stamp: wire.Stamp): AllocationEffect {
    const { state, voided } = this.stateFor(node, stamp);
    if (!state) return without('stale');
    const { generation } = stamp;
    if (state.heard.has(generation)) {
      const known = state.allocations.get(range.start);
      const same = known?.generation === generation && known.end === range.end && known.owner === owner;
      return without(same ? 'repeated' : 'stale');
    }
    state.heard.add(generation);
    const replaced = overlapping(state, range);
    if (replaced.some((a) => a.generation > generation)) return without('stale', voided, [node]);
    for (const a of replaced) remove(state, a);
    const allocation: Allocation = {
      kind: 'allocation',
      start: range.start,
      end: range.end,
      node,
      owner,
      generation,
      shares: NOT_SHARED,
    };
    add(state, allocation);
    return { verdict: 'applied', removed: [...voided, ...replaced], added: [allocation], heard: [node] };
  }

  /** A server said that it took a range back. */
  freed(node: number, range: Range, stamp: wire.Stamp): AllocationEffect {
    const { state, voided } = this.stateFor(node, stamp);
    if (!state) return without('stale');
    if (state.heard.has(stamp.generation)) return without('repeated');
    state.heard.add(stamp.generation);
    const gone = overlapping(state, range).filter((a) => a.generation < stamp.generation);
    for (const a of gone) remove(state, a);
    return without('applied', [...voided, ...gone], [node]);
  }

  /** The allocation that holds the whole range, if one does. */
  find(node: number, range: Range): Allocation | undefined {
    const state = this.nodes.get(node);
    const found = state?.allocations.get(range.start) ?? state?.allocations.nextLowerPair(range.start)?.[1];
    return found && contains(found, range) ? found : undefined;
  }

  /** Those that have a part of the range. */
  overlapping(node: number, range: Range): readonly Allocation[] {
    const state = this.nodes.get(node);
    return state ? overlapping(state, range) : [];
  }

  /** Set a domain's rights on a part of an allocation; 0 revokes. The owner's own rights are no share and stay. */
  share(allocation: Allocation, domain: number, range: RightsRange): AllocationEffect {
    if (domain === allocation.owner) return without('repeated');
    const shares = new Map(allocation.shares);
    const changed = setRights(shares.get(domain) ?? [], range);
    if (changed.length > 0) shares.set(domain, changed);
    else shares.delete(domain);
    return this.replace(allocation, { ...allocation, shares });
  }

  /** Put an allocation, or nothing, in the place of another: how a change is taken back that a switch did not take. */
  replace(current: Allocation, other?: Allocation): AllocationEffect {
    const state = this.nodes.get(current.node);
    if (state) remove(state, current);
    if (state && other) add(state, other);
    return { verdict: 'applied', removed: [current], added: other ? [other] : [] };
  }

  /** Take an allocation back, with whatever was changed in it since. @returns what is gone */
  remove({ node, start }: Allocation): Allocation | undefined {
    const state = this.nodes.get(node);
    const current = state?.allocations.get(start);
    if (state && current) remove(state, current);
    return current;
  }

  /** Put back what was stored, or what was there before a change that has to be taken back. */
  restore(allocation: Allocation): void {
    add(this.nodes.get(allocation.node) ?? this.reset(allocation.node, 0n), allocation);
  }

  /** What is known of a server's life, to be stored. */
  life(node: number): ServerLife | undefined {
    const state = this.nodes.get(node);
    return state && { node, incarnation: state.incarnation, heard: state.heard.toIntervals() };
  }

  restoreLife({ node, incarnation, heard }: ServerLife): void {
    const state = this.nodes.get(node) ?? this.reset(node, 0n);
    state.incarnation = incarnation;
    state.heard = new HeardGenerations(heard);
  }

  /** Take over an allocation that was read back from a switch; any word of its server is newer. */
  adopt(node: number, range: Range, owner: number): Allocation {
    const state = this.nodes.get(node) ?? this.reset(node, 0n);
    const allocation: Allocation = {
      kind: 'allocation',
      start: range.start,
      end: range.end,
      node,
      owner,
      generation: 0n,
      shares: NOT_SHARED,
    };
    add(state, allocation);
    return allocation;
  }

  /** No state if the stamp is of an earlier life of the server; a later life voids everything that the node held. */
  private stateFor(
    node: number,
    { incarnation }: wire.Stamp,
  ): { state?: NodeState; voided: readonly Allocation[] } {
    const state = this.nodes.get(node);
    if (!state) return { state: this.reset(node, incarnation), voided: [] };
    if (incarnation < state.incarnation) return { voided: [] };
    // What was adopted belongs to the first incarnation that speaks.
    if (state.incarnation === 0n) state.incarnation = incarnation;
    if (incarnation === state.incarnation) return { state, voided: [] };
    return { state: this.reset(node, incarnation), voided: [...state.allocations.values()] };
  }

  private reset(node: number, incarnation: bigint): NodeState {
    const state: NodeState = {
      incarnation,
      heard: new HeardGenerations(),
      allocations: sortedMap<Allocation>(),
      used: 0n,
    };
    this.nodes.set(node, state);
    return state;
  }
}

function overlapping(state: NodeState, range: Range): Allocation[] {
  const found: Allocation[] = [];
  const before = state.allocations.nextLowerPair(range.start)?.[1];
  if (before && overlaps(before, range)) found.push(before);
  state.allocations.forRange(range.start, range.end, false, (_start, a) => {
    found.push(a);
  });
  return found;
}

function add(state: NodeState, allocation: Allocation): void {
  state.allocations.set(allocation.start, allocation);
  state.used += allocation.end - allocation.start;
}

function remove(state: NodeState, allocation: Allocation): void {
  if (state.allocations.delete(allocation.start)) state.used -= allocation.end - allocation.start;
}
