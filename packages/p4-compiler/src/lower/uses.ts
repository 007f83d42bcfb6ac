import {
  type CoreAction,
  type CoreProgram,
  childrenOf,
  type Expr,
  type Stmt,
  type Variable,
} from '../normalise/index.js';

/** The variables that a program uses; others need no storage. */
export function usedVariables(program: CoreProgram): ReadonlySet<Variable> {
  const used = new Set<Variable>();
  const expression = (e: Expr): void => {
    if (e.kind === 'variable') used.add(e.variable);
    for (const child of childrenOf(e)) expression(child);
  };
  const done = new Set<CoreAction>();
  for (const state of program.parser.states) {
    forEachExpression(state.body, expression);
    if (state.transition.kind === 'select') state.transition.keys.forEach(expression);
  }
  for (const control of program.controls.values()) {
    forEachExpression(control.body, expression);
    for (const table of control.tables) for (const key of table.keys) expression(key.expression);
    for (const action of control.actions) {
      if (done.has(action)) continue;
      done.add(action);
      forEachExpression(action.body, expression);
    }
  }
  return used;
}

/** Calls `visit` with every expression that stands directly in a statement. */
export function forEachExpression(body: readonly Stmt[], visit: (e: Expr) => void): void {
  for (const s of body) {
    switch (s.kind) {
      case 'assign':
        visit(s.left);
        visit(s.right);
        break;
      case 'validity':
        visit(s.header);
        break;
      case 'shift':
        visit(s.stack);
        break;
      case 'extern':
        s.args.forEach(visit);
        break;
      case 'if':
        visit(s.condition);
        forEachExpression(s.yes, visit);
        forEachExpression(s.no, visit);
        break;
      case 'block':
        forEachExpression(s.body, visit);
        break;
      case 'apply':
        if (s.outcome.kind === 'hit') {
          forEachExpression(s.outcome.hit, visit);
          forEachExpression(s.outcome.miss, visit);
        } else if (s.outcome.kind === 'action') {
          for (const one of s.outcome.cases) forEachExpression(one.body, visit);
          forEachExpression(s.outcome.otherwise, visit);
        }
        break;
      default:
        break;
    }
  }
}
