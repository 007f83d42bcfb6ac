import type { ActionInstance, TableInstance } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { assign } from './assign.js';
import { innerFrame, labelled, typeOfParameter } from './blocks.js';
import { variable } from './build.js';
import { controlFrame } from './calls.js';
import type { CoreAction, Expr, Label, Variable } from './core.js';
import { value } from './expressions.js';
import type { Frame, Normaliser } from './normaliser.js';
import { statements } from './statements.js';

/**
 * An action as tables run it: made once, or once for each table that binds parameters with a direction to arguments
 * of its own (`actions = { a(hdr.x); }`).
 */
export function coreAction(
  n: Normaliser,
  f: Frame,
  instance: ActionInstance,
  call: ast.TableActionCall | undefined,
  table: TableInstance,
): CoreAction {
  const { decl, name } = instance;
  const directed = decl.params.filter((param) => param.direction !== '');
  // An action of the top level is one for all controls, but for the frame that its copies are counted by.
  const control = instance.block?.name ?? '';
  const key = `${control}/${decl.span.file.path}:${decl.span.start}/${name}/${directed.length > 0 ? table.name : ''}`;
  const known = n.actions.get(key);
  if (known) return known;
  const params: Variable[] = decl.params
    .filter((param) => param.direction === '')
    .map((param, index) => ({
      role: 'actionData',
      name: param.name.text,
      type: typeOfParameter(n, f.types, param),
      index,
    }));
  const frame = actionFrame(f, decl, params);
  const label: Label = { name };
  const body = n.capture(() => {
    const copyOut = bindDirected(n, f, frame, directed, call);
    const inner = n.capture(() => statements(n, { ...frame, exit: { label } }, decl.body.statements));
    for (const statement of labelled(label, inner, decl.span)) n.emit(statement);
    copyOut();
  });
  const action: CoreAction = { name, params, body, span: decl.span };
  n.actions.set(key, action);
  return action;
}

/** Parameters without a direction are read-only (P4_16 §6.8), so the data of the entry can stand for them. */
function actionFrame(f: Frame, decl: ast.ActionDeclaration, params: readonly Variable[]): Frame {
  const frame = innerFrame(controlFrame(f), { place: 'action', copyOut: [] });
  let index = 0;
  for (const param of decl.params) {
    if (param.direction !== '') continue;
    frame.bindings.set(param, variable(params[index++]!, param.span));
  }
  return frame;
}

function bindDirected(
  n: Normaliser,
  f: Frame,
  frame: Frame,
  directed: readonly ast.Parameter[],
  call: ast.TableActionCall | undefined,
): () => void {
  const copies: { to: Expr; from: Expr }[] = [];
  directed.forEach((param, i) => {
    const type = typeOfParameter(n, f.types, param);
    const argument = (call?.args.find((arg) => arg.name?.text === param.name.text) ?? call?.args[i])?.value;
    const held = n.local(param.name.text, type, param.span);
    frame.bindings.set(param, held);
    if (!argument) return;
    const given = value(n, controlFrame(f), argument, type);
    if (param.direction !== 'out') assign(n, held, given, argument.span);
    if (param.direction !== 'in') copies.push({ to: given, from: held });
  });
  return () => {
    for (const { to, from } of copies) assign(n, to, from, to.span);
  };
}
