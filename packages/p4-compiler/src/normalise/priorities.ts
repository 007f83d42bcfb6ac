import { evaluateBoolean, evaluateInteger } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Frame, Normaliser } from './normaliser.js';

/**
 * The order in which a table's entries are tried, as ranks from 1 (P4_16 §14.2.1.4.2). Entries with explicit
 * priorities are ordered by them; one without takes the priority of the entry before it, less `priority_delta`.
 */
export function entryRanks(n: Normaliser, f: Frame, decl: ast.TableDeclaration): readonly number[] {
  const list = decl.entries?.list ?? [];
  const inOrder = list.map((_, i) => i + 1);
  if (!list.some((entry) => entry.priority)) return inOrder;
  const property = (name: string): ast.Expression | undefined =>
    decl.properties.find((candidate) => candidate.name.text === name)?.value;
  const { checked } = n.program;
  const scope = n.scopeOf(f);
  const wins = property('largest_priority_wins');
  const largest = (wins && evaluateBoolean(checked, wins, scope)) ?? true;
  const step = property('priority_delta');
  const delta = (step && evaluateInteger(checked, step, scope)) ?? 1n;
  let previous: bigint | undefined;
  const priorities = list.map((entry) => {
    const given = entry.priority && evaluateInteger(checked, entry.priority, scope);
    const first = largest ? BigInt(list.length - 1) * delta + 1n : 1n;
    const next: bigint = previous === undefined ? first : largest ? previous - delta : previous + delta;
    previous = given ?? next;
    return previous;
  });
  const order = inOrder
    .map((position) => position - 1)
    .sort((a, b) => {
      const difference = largest ? priorities[b]! - priorities[a]! : priorities[a]! - priorities[b]!;
      return difference === 0n ? a - b : Number(difference > 0n) * 2 - 1;
    });
  const ranks: number[] = [];
  order.forEach((entry, rank) => {
    ranks[entry] = rank + 1;
  });
  return ranks;
}
