import type { ResolvedCall } from '../check/types.js';
import {
  appliedBlock,
  type BlockInstance,
  bindTypes,
  NO_BINDINGS,
  substitute,
  underlying,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { assign, invalidate } from './assign.js';
import { type Arguments, emitAll, innerFrame, labelled, typeOfParameter } from './blocks.js';
import { validity } from './build.js';
import type { Expr, Label } from './core.js';
import { value } from './expressions.js';
import { externCall } from './externs.js';
import type { Frame, Normaliser } from './normaliser.js';
import { inOrder } from './operands.js';
import { hasHeaders, isFixedPlace, isPlace, overlap } from './places.js';
import { statements } from './statements.js';
import { applyTable } from './tables.js';

/** Runs a call for its value and its effects; undefined where it has no value. */
export function callValue(n: Normaliser, f: Frame, e: ast.CallExpression): Expr | undefined {
  const call = n.program.checked.callOf(e);
  const { target } = call;
  switch (target.kind) {
    case 'builtin':
      return builtin(n, f, e, target.object, target.method);
    case 'function':
      return inlineFunction(n, f, e, target.decl, call);
    case 'action':
      inlineAction(n, f, e, target.decl, call.args);
      return undefined;
    case 'tableApply':
      applyTable(n, f, target.decl, { kind: 'any' }, e.span);
      return undefined;
    case 'blockApply':
      inlineControl(n, f, e, target.object, call.args);
      return undefined;
    case 'externFunction':
    case 'externMethod':
      return externCall(n, f, e, call);
    case 'constructor':
      return n.unsupported('an instance created inside of an expression', e.span);
  }
}

function builtin(
  n: Normaliser,
  f: Frame,
  e: ast.CallExpression,
  object: ast.Expression,
  method: string,
): Expr | undefined {
  const target = value(n, f, object);
  const { span } = e;
  switch (method) {
    case 'isValid':
      return validity(target, span);
    case 'setValid':
      n.emit({ kind: 'validity', header: target, valid: true, span });
      return undefined;
    case 'setInvalid':
      invalidate(n, target, span);
      return undefined;
    case 'push_front':
    case 'pop_front': {
      const argument = e.args[0]?.value;
      const count = argument && value(n, f, argument, { kind: 'int' });
      if (count?.kind !== 'const') return n.unsupported(`${method} by a number that is not constant`, span);
      const op = method === 'push_front' ? 'push' : 'pop';
      n.emit({ kind: 'shift', stack: target, op, count: Number(count.value), span });
      return undefined;
    }
    default:
      return n.unsupported(`the method ${method}`, span);
  }
}

/** A parameter bound to an argument, with what must be copied back when the call ends. */
interface Binding {
  readonly param: ast.Parameter;
  readonly bound: Expr;
  readonly copyTo?: Expr;
}

/**
 * Calling convention of P4_16 §6.8: copy-in/copy-out. An argument is used in place where nobody can tell the
 * difference: `byReference` says that the callee sees nothing but its parameters, and no other argument overlaps it.
 */
function bindArguments(
  n: Normaliser,
  f: Frame,
  args: Arguments,
  types: Frame['types'],
  byReference: boolean,
  fixed?: (param: ast.Parameter) => Expr | undefined,
): Binding[] {
  const values = inOrder(
    n,
    args.map(({ param, value: argument }) => () => {
      const type = typeOfParameter(n, types, param);
      if (argument) return value(n, f, argument, type);
      return n.local(param.name.text, type, param.span);
    }),
    (i) => writes(args[i]!.param),
  );
  return args.map(({ param }, i) => {
    const argument = values[i]!;
    const others = args.some(({ param: other }, j) => {
      if (i === j || !overlap(argument, values[j]!)) return false;
      return writes(param) || other.direction === 'out' || other.direction === 'inout';
    });
    const { span } = argument;
    const usable = writes(param)
      ? isFixedPlace(argument)
      : isFixedPlace(argument) || argument.kind === 'const';
    if (!fixed && usable && (argument.kind === 'const' || (byReference && !others))) {
      if (param.direction === 'out' && hasHeaders(argument.type)) invalidate(n, argument, span);
      return { param, bound: argument };
    }
    if (!writes(param) && argument.kind === 'variable' && argument.variable.role === 'actionData' && !fixed) {
      return { param, bound: argument };
    }
    const bound = fixed?.(param) ?? n.local(param.name.text, typeOfParameter(n, types, param), span);
    if (param.direction !== 'out') assign(n, bound, argument, span);
    else if (hasHeaders(bound.type)) invalidate(n, bound, span);
    return { param, bound, copyTo: writes(param) && isPlace(argument) ? argument : undefined };
  });
}

function writes(param: ast.Parameter): boolean {
  return param.direction === 'out' || param.direction === 'inout';
}

function copyOut(n: Normaliser, bindings: readonly Binding[], span: Span): void {
  for (const { bound, copyTo } of bindings) if (copyTo) assign(n, copyTo, bound, span);
}

/** Depth of calls at which a program is taken to recurse, which P4 does not allow. */
const MAX_CALLS = 200;

function inlineFunction(
  n: Normaliser,
  f: Frame,
  e: ast.CallExpression,
  decl: ast.FunctionDeclaration,
  call: ResolvedCall,
): Expr | undefined {
  if (tooDeep(n, f, e)) return undefined;
  const types = bindTypes(
    decl.typeParams,
    call.typeArgs.map((type) => substitute(type, f.types)),
    NO_BINDINGS,
  );
  const bindings = bindArguments(n, f, call.args, types, true);
  const type = underlying(substitute(n.program.checked.typeOfNode(decl.returnType), types));
  const result = type.kind === 'void' ? undefined : n.local(`${decl.name.text}_result`, type, e.span);
  const label: Label = { name: decl.name.text };
  const frame: Frame = {
    ...f,
    types,
    bindings: new Map(bindings.map(({ param, bound }) => [param, bound])),
    instances: new Map(),
    parent: undefined,
    exit: { label, result },
    copyOut: [...f.copyOut, () => copyOut(n, bindings, e.span)],
  };
  const body = n.capture(() => statements(n, frame, decl.body.statements));
  emitAll(n, labelled(label, body, e.span));
  copyOut(n, bindings, e.span);
  return result;
}

function tooDeep(n: Normaliser, f: Frame, e: ast.CallExpression): boolean {
  if (f.copyOut.length < MAX_CALLS) return false;
  n.diagnostics.error('P4C402', 'this call ends up calling itself, which P4 does not allow', e.span);
  return true;
}

function inlineAction(
  n: Normaliser,
  f: Frame,
  e: ast.CallExpression,
  decl: ast.ActionDeclaration,
  args: Arguments,
): void {
  if (tooDeep(n, f, e)) return;
  const bindings = bindArguments(n, f, args, f.types, false);
  const label: Label = { name: decl.name.text };
  const frame = innerFrame(controlFrame(f), {
    exit: { label },
    bindings: new Map(bindings.map(({ param, bound }) => [param, bound])),
    copyOut: [...f.copyOut, () => copyOut(n, bindings, e.span)],
    place: f.place,
  });
  const body = n.capture(() => statements(n, frame, decl.body.statements));
  emitAll(n, labelled(label, body, e.span));
  copyOut(n, bindings, e.span);
}

/** Actions see the names of their control, not those of the action that calls them. */
export function controlFrame(f: Frame): Frame {
  return f.place === 'action' && f.parent ? controlFrame(f.parent) : f;
}

function inlineControl(
  n: Normaliser,
  f: Frame,
  e: ast.CallExpression,
  object: ast.Expression,
  args: Arguments,
): void {
  const callee = appliedBlock(n.program, f.block, e, object);
  if (callee?.decl.kind !== 'ControlDeclaration') {
    n.unsupported('applying this object here', e.span);
    return;
  }
  const { decl } = callee;
  const entered = enterBlock(n, f, callee, args);
  const label: Label = { name: callee.name };
  const frame: Frame = {
    ...entered.frame,
    exit: { label },
    copyOut: [...f.copyOut, entered.leave],
  };
  const body = n.capture(() => {
    declareLocals(n, frame, decl.locals);
    statements(n, frame, decl.body.statements);
  });
  emitAll(n, labelled(label, body, e.span));
  entered.leave();
}

/**
 * Binds the parameters of a block that is applied from inside another one. All applications of one instance share its
 * variables, as its tables' keys name them.
 */
export function enterBlock(
  n: Normaliser,
  f: Frame,
  callee: BlockInstance,
  args: Arguments,
): { readonly frame: Frame; readonly leave: () => void } {
  const known = n.frames.get(callee);
  const frame: Frame = known ?? {
    block: callee,
    types: callee.scope.types,
    bindings: new Map(),
    instances: new Map(),
    copyOut: f.copyOut,
    place: f.place,
  };
  n.frames.set(callee, frame);
  // A block that came in as a constructor argument is called by the parameters of its abstract type.
  const own = args.map((arg, i) => ({ ...arg, param: callee.decl.params[i] ?? arg.param }));
  const valued = own.filter(({ param, value: argument }) => {
    if (typeOfParameter(n, frame.types, param).kind !== 'extern') return true;
    const decl = argument?.kind === 'PathExpression' ? n.program.checked.declarationOf(argument) : undefined;
    const instance = decl && n.instance(f, decl);
    if (instance) frame.instances.set(param, instance);
    return false;
  });
  const once = (n.applications.get(callee) ?? 0) <= 1;
  const fixed = once
    ? undefined
    : (param: ast.Parameter): Expr =>
        frame.bindings.get(param) ??
        n.local(param.name.text, typeOfParameter(n, frame.types, param), param.span);
  const bindings = bindArguments(n, f, valued, frame.types, once, fixed);
  for (const { param, bound } of bindings) frame.bindings.set(param, bound);
  return { frame, leave: () => copyOut(n, bindings, callee.decl.span) };
}

/** Variables and constants declared before the body of a control or the states of a parser. */
export function declareLocals(
  n: Normaliser,
  f: Frame,
  locals: ast.ControlDeclaration['locals'] | ast.ParserDeclaration['locals'],
): void {
  for (const local of locals) if (local.kind === 'VariableDeclaration') declareVariable(n, f, local);
}

export function declareVariable(n: Normaliser, f: Frame, decl: ast.VariableDeclaration): void {
  const type = underlying(substitute(n.program.checked.typeOfNode(decl.type), f.types));
  const initial = decl.init && value(n, f, decl.init, type);
  const known = f.bindings.get(decl);
  const place = known ?? n.local(decl.name.text, type, decl.span);
  f.bindings.set(decl, place);
  if (initial) assign(n, place, initial, decl.span);
  else if (hasHeaders(type)) invalidate(n, place, decl.span);
}
