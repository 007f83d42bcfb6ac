import {
  actionOf,
  annotationNumber,
  findAnnotation,
  implicitNoAction,
  type TableInstance,
  tableActions,
  underlying,
  widthOf,
} from '../elaborate/index.js';
import { keyName } from '../p4info/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { coreAction } from './actions.js';
import { assign } from './assign.js';
import { BOOL, boolean, not } from './build.js';
import type {
  CoreAction,
  CoreActionCall,
  CoreEntry,
  CoreKey,
  CoreTable,
  Expr,
  Keyset,
  Outcome,
  Stmt,
} from './core.js';
import { value } from './expressions.js';
import { keyset } from './keysets.js';
import type { Frame, Normaliser } from './normaliser.js';
import { isFixedPlace } from './places.js';
import { entryRanks } from './priorities.js';
import { statements } from './statements.js';

/** `t.apply().hit`, `.miss` or `.action_run`. */
export interface Applied {
  readonly decl: ast.TableDeclaration;
  readonly which: 'hit' | 'miss' | 'action_run';
  readonly span: Span;
}

export function tableApplied(n: Normaliser, e: ast.MemberExpression): Applied | undefined {
  if (e.target.kind !== 'CallExpression') return undefined;
  const { target } = n.program.checked.callOf(e.target);
  if (target.kind !== 'tableApply') return undefined;
  const which = e.member.text;
  if (which !== 'hit' && which !== 'miss' && which !== 'action_run') return undefined;
  return { decl: target.decl, which, span: e.span };
}

/** Emits the application of a table: first the keys that must be computed, then the lookup. */
export function applyTable(
  n: Normaliser,
  f: Frame,
  decl: ast.TableDeclaration,
  outcome: Outcome | ((table: CoreTable) => Outcome),
  span: Span,
): void {
  const instance = f.block.tables.get(decl);
  if (!instance) {
    n.unsupported(`applying table ${decl.name.text} from here`, span);
    return;
  }
  if (f.place !== 'control') {
    n.diagnostics.error('P4C502', `table ${instance.name} is applied from inside of an action`, span);
    return;
  }
  const keys = computeKeys(n, f, instance);
  const table = n.tables.get(instance) ?? coreTable(n, f, instance, keys);
  n.tables.set(instance, table);
  const then = typeof outcome === 'function' ? outcome(table) : outcome;
  n.emit({ kind: 'apply', table, outcome: then, span });
}

/** The value of `t.apply().hit` in an expression: a variable that the two outcomes set. */
export function applyResult(n: Normaliser, f: Frame, applied: Applied, e: ast.MemberExpression): Expr {
  if (applied.which === 'action_run') return n.unsupported('`action_run` outside of a switch', e.span);
  const result = n.local('hit', BOOL, e.span);
  const set = (value: boolean): Stmt[] => n.capture(() => assign(n, result, boolean(value, e.span), e.span));
  const outcome: Outcome = { kind: 'hit', hit: set(true), miss: set(false) };
  applyTable(n, f, applied.decl, outcome, applied.span);
  return applied.which === 'hit' ? result : not(result);
}

/** `if (t.apply().hit)` and its relatives need no variable. True when the statement was one. */
export function tableCondition(
  n: Normaliser,
  f: Frame,
  s: ast.IfStatement,
  branch: (body: ast.Statement | undefined) => Stmt[],
): boolean {
  let condition = s.condition;
  let negated = false;
  while (condition.kind === 'UnaryExpression' && condition.op === '!') {
    negated = !negated;
    condition = condition.operand;
  }
  if (condition.kind !== 'MemberExpression') return false;
  const applied = tableApplied(n, condition);
  if (!applied || applied.which === 'action_run') return false;
  const onHit = (applied.which === 'hit') !== negated;
  applyTable(
    n,
    f,
    applied.decl,
    () => ({
      kind: 'hit',
      hit: branch(onHit ? s.then : s.else),
      miss: branch(onHit ? s.else : s.then),
    }),
    applied.span,
  );
  return true;
}

/** `switch (t.apply().action_run)`; labels without a body share the next one's (P4_16 §12.7.1). */
export function switchOnAction(n: Normaliser, f: Frame, applied: Applied, s: ast.SwitchStatement): void {
  applyTable(
    n,
    f,
    applied.decl,
    (table) => {
      const cases: { actions: CoreAction[]; body: Stmt[] }[] = [];
      let otherwise: Stmt[] = [];
      let labels: ast.Expression[] = [];
      for (const { label, body } of s.cases) {
        labels.push(label);
        if (!body) continue;
        const written = n.capture(() => statements(n, f, [body]));
        const actions = labels.flatMap((one) => actionLabel(n, f, table, one));
        if (labels.some((one) => one.kind === 'DefaultExpression')) otherwise = written;
        if (actions.length > 0) cases.push({ actions, body: written });
        labels = [];
      }
      return { kind: 'action', cases, otherwise };
    },
    applied.span,
  );
}

function actionLabel(n: Normaliser, f: Frame, table: CoreTable, label: ast.Expression): CoreAction[] {
  if (label.kind !== 'PathExpression') return [];
  const instance = actionOf(n.program, f.block, label);
  const used = table.actions.find((use) => use.instance === instance);
  if (used) return [used.action];
  n.diagnostics.error(
    'P4C406',
    `${label.name.text} is not an action of table ${table.name}; its actions are ${table.actions.map((use) => use.action.name).join(', ')}`,
    label.span,
  );
  return [];
}

/** Key expressions as a target can match on them; others are computed into variables here and now. */
function computeKeys(n: Normaliser, f: Frame, table: TableInstance): CoreKey[] {
  const made = n.tables.get(table)?.keys;
  return (table.decl.key ?? []).map((key, i) => {
    const computed = value(n, f, key.expression);
    const expression = matchable(computed) ? computed : computeKey(n, computed, made?.[i]?.expression, key);
    const name = keyName(n.program.checked, key) ?? `key${i}`;
    return { expression, matchKind: key.matchKind.text, name, span: key.span };
  });
}

function matchable(e: Expr): boolean {
  return e.kind === 'valid' ? isFixedPlace(e.header) && e.header.type.kind === 'header' : isFixedPlace(e);
}

function computeKey(n: Normaliser, computed: Expr, known: Expr | undefined, key: ast.TableKey): Expr {
  const place = known ?? n.local('key', computed.type, key.span);
  assign(n, place, computed, key.span);
  return place;
}

function coreTable(n: Normaliser, f: Frame, instance: TableInstance, keys: readonly CoreKey[]): CoreTable {
  const { decl, name } = instance;
  const uses = tableActions(n.program, instance);
  const actions = uses.map((use) => ({
    instance: use.action,
    action: coreAction(n, f, use.action, use.call, instance),
  }));
  const called = (call: ast.TableActionCall): CoreActionCall | undefined => {
    const target = actionOf(n.program, instance.block, call.path);
    const use = actions.find((candidate) => candidate.instance === target);
    if (use) return { action: use.action, args: actionArguments(n, f, use.action, call) };
    n.diagnostics.error(
      'P4C406',
      `${call.path.name.text} is not in the list of actions of table ${name}`,
      call.span,
    );
    return undefined;
  };
  return {
    name,
    instance,
    keys,
    actions,
    defaultAction: defaultAction(n, instance, actions, called),
    entries: entries(n, f, instance, keys, called),
    span: decl.span,
  };
}

function defaultAction(
  n: Normaliser,
  { decl }: TableInstance,
  actions: CoreTable['actions'],
  called: (call: ast.TableActionCall) => CoreActionCall | undefined,
): CoreTable['defaultAction'] {
  if (decl.defaultAction) {
    const call = called(decl.defaultAction.action);
    return call && { call, isConst: decl.defaultAction.isConst };
  }
  const noAction = implicitNoAction(n.program);
  const use = actions.find((candidate) => candidate.instance === noAction);
  return use && { call: { action: use.action, args: [] }, isConst: false };
}

/** Arguments for the parameters that the control plane would give; the others were bound in the action list. */
function actionArguments(n: Normaliser, f: Frame, action: CoreAction, call: ast.TableActionCall): bigint[] {
  const given = action.params.length === 0 ? [] : call.args.slice(-action.params.length);
  return action.params.map((param, i) => {
    const argument = (call.args.find((arg) => arg.name?.text === param.name) ?? given[i])?.value;
    const known = argument && value(n, f, argument, param.type);
    if (known?.kind === 'const') return known.value;
    n.diagnostics.error('P4C404', `the argument for \`${param.name}\` must be a constant`, call.span);
    return 0n;
  });
}

function entries(
  n: Normaliser,
  f: Frame,
  instance: TableInstance,
  keys: readonly CoreKey[],
  called: (call: ast.TableActionCall) => CoreActionCall | undefined,
): CoreEntry[] {
  const { decl } = instance;
  if (!decl.entries) return [];
  const ranks = entryRanks(n, f, decl);
  return decl.entries.list.flatMap((entry, i) => {
    const call = called(entry.action);
    if (!call) return [];
    const keysets = keys.map((key, position): Keyset => {
      const given = entry.keysets[position];
      const type = underlying(key.expression.type);
      return given ? keyset(n, f, given, type, widthOf(type) ?? 1) : { kind: 'any' };
    });
    // `@priority` is older than the language's own priorities; BMv2 programs still use it.
    const rank = annotationNumber(findAnnotation(entry.annotations, 'priority')) ?? ranks[i]!;
    return { keysets, call, rank, span: entry.span };
  });
}
