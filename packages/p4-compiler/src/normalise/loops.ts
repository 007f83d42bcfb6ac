import type * as ast from '../syntax/ast.js';
import type { Frame, Normaliser } from './normaliser.js';

/** Loops need unrolling, or jumps backwards in actions; neither is built yet. */
export function forLoop(n: Normaliser, _f: Frame, s: ast.ForStatement | ast.ForInStatement): void {
  n.unsupported('a `for` loop', s.span);
}
