import { saved } from './assign.js';
import type { Expr } from './core.js';
import type { Normaliser } from './normaliser.js';

/**
 * Evaluates operands from left to right (P4_16 §8.1): where a later one needs statements, the values of the earlier
 * ones are saved before those run. An operand that is `written` stays a place, of which only the index is saved.
 */
export function inOrder(
  n: Normaliser,
  operands: readonly (() => Expr)[],
  written: (index: number) => boolean = () => false,
): Expr[] {
  const values: Expr[] = [];
  for (const operand of operands) {
    const before = n.position;
    const value = operand();
    if (n.position > before) {
      const saves = n.capture(() => {
        values.forEach((earlier, i) => {
          if (isSettled(earlier)) return;
          values[i] = written(i) ? settledPlace(n, earlier) : saved(n, earlier, earlier.span);
        });
      });
      n.insertAt(before, saves);
    }
    values.push(value);
  }
  return values;
}

/** The same place, whatever later statements do to the variables in its index. */
function settledPlace(n: Normaliser, place: Expr): Expr {
  switch (place.kind) {
    case 'member':
    case 'stack':
    case 'slice':
      return { ...place, target: settledPlace(n, place.target) };
    case 'index': {
      const index = isSettled(place.index) ? place.index : saved(n, place.index, place.index.span);
      return { ...place, target: settledPlace(n, place.target), index };
    }
    default:
      return place;
  }
}

/** A value that no statement can change. */
function isSettled(e: Expr): boolean {
  switch (e.kind) {
    case 'const':
    case 'string':
    case 'invalid':
      return true;
    case 'variable':
      return e.variable.role === 'actionData';
    case 'list':
      return e.elements.every(isSettled);
    default:
      return false;
  }
}
