import { saved } from './assign.js';
import type { Expr } from './core.js';
import type { Normaliser } from './normaliser.js';

/**
 * Evaluates operands from left to right (P4_16 §8.1): where a later one needs statements, the values of the earlier
 * ones are saved before those run.
 */
export function inOrder(n: Normaliser, operands: readonly (() => Expr)[]): Expr[] {
  const values: Expr[] = [];
  for (const operand of operands) {
    const before = n.position;
    const value = operand();
    if (n.position > before) {
      const saves = n.capture(() => {
        values.forEach((earlier, i) => {
          if (isSettled(earlier)) return;
          values[i] = saved(n, earlier, earlier.span);
        });
      });
      n.insertAt(before, saves);
    }
    values.push(value);
  }
  return values;
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
