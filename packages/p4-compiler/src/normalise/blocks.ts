import type { ResolvedCall } from '../check/types.js';
import { substitute, type TypeBindings, underlying } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import type { Label, Stmt } from './core.js';
import type { Frame, Normaliser } from './normaliser.js';

export function typeOfParameter(n: Normaliser, types: TypeBindings, param: ast.Parameter) {
  return underlying(substitute(n.program.checked.typeOfParameter(param), types));
}

/** The arguments of a call by parameter; a missing one was written `_` or left out. */
export type Arguments = ResolvedCall['args'];

/**
 * Wraps code in a block that `leave` jumps to the end of. A jump that stands at the end anyway is dropped, and with
 * no jump left the block is too.
 */
export function labelled(label: Label, body: readonly Stmt[], span: Span): readonly Stmt[] {
  const trimmed = withoutLastLeave(label, body);
  return leaves(label, trimmed) ? [{ kind: 'block', label, body: trimmed, span }] : trimmed;
}

function withoutLastLeave(label: Label, body: readonly Stmt[]): readonly Stmt[] {
  const cut = body.findIndex((statement) => statement.kind === 'leave' || statement.kind === 'exit');
  const reachable = cut < 0 ? body : body.slice(0, cut + 1);
  const last = reachable.at(-1);
  if (!last) return reachable;
  const before = reachable.slice(0, -1);
  if (last.kind === 'leave' && last.label === label) return before;
  if (last.kind === 'if') {
    return [
      ...before,
      { ...last, yes: withoutLastLeave(label, last.yes), no: withoutLastLeave(label, last.no) },
    ];
  }
  return reachable;
}

function leaves(label: Label, body: readonly Stmt[]): boolean {
  return body.some((statement) => {
    switch (statement.kind) {
      case 'leave':
        return statement.label === label;
      case 'if':
        return leaves(label, statement.yes) || leaves(label, statement.no);
      case 'block':
        return leaves(label, statement.body);
      case 'apply': {
        const { outcome } = statement;
        if (outcome.kind === 'hit') return leaves(label, outcome.hit) || leaves(label, outcome.miss);
        if (outcome.kind === 'any') return false;
        return outcome.cases.some((c) => leaves(label, c.body)) || leaves(label, outcome.otherwise);
      }
      default:
        return false;
    }
  });
}

export function emitAll(n: Normaliser, statements: readonly Stmt[]): void {
  for (const statement of statements) n.emit(statement);
}

/** A frame for code that runs inside `outer`. */
export function innerFrame(outer: Frame, changes: Partial<Frame>): Frame {
  return { ...outer, bindings: new Map(), instances: new Map(), parent: outer, ...changes };
}
