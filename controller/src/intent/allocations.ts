import type { Range, RightsRange } from './ranges.js';
import { contains, overlaps, setRights } from './ranges.js';
import { type SortedMap, sortedMap } from './sorted-map.js';
import { HeardGenerations, type Stamp } from './stamp.js';

export interface Allocation extends Range {
  readonly node: number;
  /** Protection domain of the client that allocated it. */
  readonly owner: number;
  readonly generation: bigint;
  /** Rights of other domains on parts of it: disjoint, ascending, merged. */
  readonly shares: ReadonlyMap<number, readonly RightsRange[]>;
}

interface NodeState {
  incarnation: bigint;
  heard: HeardGenerations;
  /** By start; allocations never overlap. */
  readonly allocations: SortedMap<Allocation>;
  used: bigint;
}

/** What a server's word did: it changed the intent, it was known already, or it came too late to be true. */
export type Verdict = 'applied' | 'repeated' | 'stale';

/**
 * Who owns which memory and who else may use it: the part of the intent that changes while the fabric runs. Pure state; the
 * caller turns it into entries (`plan`) and applies the difference. Each change costs O(log n) in the node's allocations.
 */
export class Allocations {
  private readonly nodes = new Map<number, NodeState>();

  *[Symbol.iterator](): IterableIterator<Allocation> {
    for (const state of this.nodes.values()) yield* state.allocations.values();
  }

  /** Bytes allocated on a node. */
  used(node: number): bigint {
    return this.nodes.get(node)?.used ?? 0n;
  }

  /** A server said that it gave a range to a domain. What overlaps it is gone, or the server would not have given it. */
  allocated(node: number, range: Range, owner: number, stamp: Stamp): Verdict {
    const state = this.stateFor(node, stamp);
    if (!state) return 'stale';
    const { generation } = stamp;
    if (state.heard.has(generation)) {
      const known = state.allocations.get(range.start);
      return known?.generation === generation && known.end === range.end && known.owner === owner
        ? 'repeated'
        : 'stale';
    }
    state.heard.add(generation);
    const replaced = overlapping(state, range);
    if (replaced.some((a) => a.generation > generation)) return 'stale';
    for (const a of replaced) remove(state, a);
    state.allocations.set(range.start, { ...range, node, owner, generation, shares: new Map() });
    state.used += range.end - range.start;
    return 'applied';
  }

  /** A server said that it took a range back. */
  freed(node: number, range: Range, stamp: Stamp): Verdict {
    const state = this.stateFor(node, stamp);
    if (!state) return 'stale';
    if (state.heard.has(stamp.generation)) return 'repeated';
    state.heard.add(stamp.generation);
    const gone = overlapping(state, range).filter((a) => a.generation < stamp.generation);
    for (const a of gone) remove(state, a);
    return 'applied';
  }

  /** The allocation that holds the whole range, if one does. */
  find(node: number, range: Range): Allocation | undefined {
    const state = this.nodes.get(node);
    const found = state?.allocations.get(range.start) ?? state?.allocations.nextLowerPair(range.start)?.[1];
    return found && contains(found, range) ? found : undefined;
  }

  /** Set a domain's rights on a part of an allocation; 0 revokes. The owner's own rights are no share and stay. */
  share(allocation: Allocation, domain: number, range: RightsRange): void {
    if (domain === allocation.owner) return;
    const shares = new Map(allocation.shares);
    const changed = setRights(shares.get(domain) ?? [], range);
    if (changed.length > 0) shares.set(domain, changed);
    else shares.delete(domain);
    this.nodes.get(allocation.node)?.allocations.set(allocation.start, { ...allocation, shares });
  }

  /** Take over an allocation that was read back from a switch; any word of its server is newer. */
  adopt(node: number, range: Range, owner: number): void {
    const state = this.nodes.get(node) ?? this.reset(node, 0n);
    state.allocations.set(range.start, { ...range, node, owner, generation: 0n, shares: new Map() });
    state.used += range.end - range.start;
  }

  /** Undefined if the stamp is of an earlier life of the server; a later one voids everything that the node held. */
  private stateFor(node: number, { incarnation }: Stamp): NodeState | undefined {
    const state = this.nodes.get(node);
    if (!state) return this.reset(node, incarnation);
    if (incarnation < state.incarnation) return undefined;
    // What was adopted belongs to the first incarnation that speaks.
    if (state.incarnation === 0n) state.incarnation = incarnation;
    return incarnation > state.incarnation ? this.reset(node, incarnation) : state;
  }

  private reset(node: number, incarnation: bigint): NodeState {
    const allocations = sortedMap<Allocation>();
    const state: NodeState = { incarnation, heard: new HeardGenerations(), allocations, used: 0n };
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

function remove(state: NodeState, allocation: Allocation): void {
  if (state.allocations.delete(allocation.start)) state.used -= allocation.end - allocation.start;
}
