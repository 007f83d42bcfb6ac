import type { Type } from '../check/types.js';
import type * as ast from '../syntax/ast.js';
import { assign, saved } from './assign.js';
import { emitAll } from './blocks.js';
import { BOOL, binary, or } from './build.js';
import { callValue, declareVariable } from './calls.js';
import type { Expr, Stmt } from './core.js';
import { value } from './expressions.js';
import { plainLookahead } from './externs.js';
import { forLoop } from './loops.js';
import type { Frame, Normaliser } from './normaliser.js';
import { inOrder } from './operands.js';
import { switchOnAction, tableApplied, tableCondition } from './tables.js';

/** Normalises statements in order; what follows a `return` or `exit` is never reached and is left out. */
export function statements(n: Normaliser, f: Frame, list: readonly ast.Statement[]): void {
  for (const one of list) {
    statement(n, f, one);
    if (one.kind === 'ReturnStatement' || one.kind === 'ExitStatement') return;
  }
}

function statement(n: Normaliser, f: Frame, s: ast.Statement): void {
  switch (s.kind) {
    case 'BlockStatement':
      statements(n, f, s.statements);
      break;
    case 'EmptyStatement':
      break;
    case 'AssignmentStatement':
      assignment(n, f, s);
      break;
    case 'CallStatement':
      callValue(n, f, s.call);
      break;
    case 'IfStatement':
      conditional(n, f, s);
      break;
    case 'SwitchStatement':
      switchStatement(n, f, s);
      break;
    case 'ReturnStatement':
      returnStatement(n, f, s);
      break;
    case 'ExitStatement':
      // The copies out of every call in progress still happen (P4_16 §12.5), those of the innermost first.
      for (const copy of [...f.copyOut].reverse()) copy();
      n.emit({ kind: 'exit', span: s.span });
      break;
    case 'DeclarationStatement':
      declaration(n, f, s.declaration);
      break;
    case 'ForStatement':
    case 'ForInStatement':
      forLoop(n, f, s);
      break;
    default:
      n.unsupported('this statement', s.span);
  }
}

function declaration(n: Normaliser, f: Frame, decl: ast.DeclarationStatement['declaration']): void {
  if (decl.kind === 'VariableDeclaration') declareVariable(n, f, decl);
  else if (decl.kind === 'ConstantDeclaration') {
    const type = n.program.checked.typeOfNode(decl.type);
    f.bindings.set(decl, value(n, f, decl.value, type));
  } else n.unsupported('an instance declared inside of a block of statements', decl.span);
}

function assignment(n: Normaliser, f: Frame, s: ast.AssignmentStatement): void {
  const type: Type = n.typeOf(f, s.left);
  const operands = [
    () => value(n, f, s.left),
    () => plainLookahead(n, f, s.right) ?? value(n, f, s.right, type),
  ];
  const [left, right] = inOrder(n, operands, (i) => i === 0);
  if (!left || !right) return;
  assign(n, left, s.op ? binary(s.op, left, right, left.type, s.span) : right, s.span);
}

function conditional(n: Normaliser, f: Frame, s: ast.IfStatement): void {
  const branch = (body: ast.Statement | undefined): Stmt[] =>
    n.capture(() => {
      if (body) statements(n, f, [body]);
    });
  const table = tableCondition(n, f, s, branch);
  if (table) return;
  const condition = value(n, f, s.condition);
  if (condition.kind === 'const') {
    const taken = condition.value === 1n ? s.then : s.else;
    if (taken) statements(n, f, [taken]);
    return;
  }
  const yes = branch(s.then);
  const no = branch(s.else);
  if (yes.length + no.length === 0) return;
  n.emit({ kind: 'if', condition, yes, no, span: s.span });
}

function returnStatement(n: Normaliser, f: Frame, s: ast.ReturnStatement): void {
  const { exit } = f;
  if (!exit) return;
  if (s.value && exit.result) assign(n, exit.result, value(n, f, s.value, exit.result.type), s.span);
  n.emit({ kind: 'leave', label: exit.label, span: s.span });
}

function switchStatement(n: Normaliser, f: Frame, s: ast.SwitchStatement): void {
  if (s.selector.kind === 'MemberExpression') {
    const applied = tableApplied(n, s.selector);
    if (applied?.which === 'action_run') return switchOnAction(n, f, applied, s);
  }
  const selector = value(n, f, s.selector);
  const held = selector.kind === 'const' ? selector : saved(n, selector, s.selector.span, 'switch');
  emitAll(
    n,
    n.capture(() => switchOnValue(n, f, held, s.cases)),
  );
}

/** `switch` on a value is a chain of comparisons (P4_16 §12.7.2); labels without a body share the next one's. */
function switchOnValue(n: Normaliser, f: Frame, selector: Expr, cases: readonly ast.SwitchCase[]): void {
  const groups: { labels: ast.Expression[]; body: ast.BlockStatement }[] = [];
  let labels: ast.Expression[] = [];
  for (const { label, body } of cases) {
    labels.push(label);
    if (!body) continue;
    groups.push({ labels, body });
    labels = [];
  }
  const isDefault = (e: ast.Expression): boolean => e.kind === 'DefaultExpression';
  const chosen = groups.filter(({ labels: all }) => !all.some(isDefault));
  const fallback = groups.find(({ labels: all }) => all.some(isDefault));
  const chain = (index: number): void => {
    const group = chosen[index];
    if (!group) {
      if (fallback) statements(n, f, [fallback.body]);
      return;
    }
    const condition = group.labels
      .map((label) => binary('==', selector, value(n, f, label, selector.type), BOOL, label.span))
      .reduce((any, next) => or(any, next));
    if (condition.kind === 'const') {
      if (condition.value === 1n) statements(n, f, [group.body]);
      else chain(index + 1);
      return;
    }
    const yes = n.capture(() => statements(n, f, [group.body]));
    const no = n.capture(() => chain(index + 1));
    n.emit({ kind: 'if', condition, yes, no, span: group.body.span });
  };
  chain(0);
}
