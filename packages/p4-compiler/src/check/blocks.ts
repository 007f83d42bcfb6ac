import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import type { Context } from './context.js';
import { checkValue } from './expressions.js';
import { checkAction, checkParameters, declareTypeParameters } from './functions.js';
import { checkInstance } from './instances.js';
import { checkKeysets } from './keysets.js';
import { constantSize, resolveValueType } from './resolve.js';
import { choices, Scope, suggestion } from './scope.js';
import { checkBlock, checkStatements } from './statements.js';
import { checkTable } from './tables.js';
import { representation, typeText, unknownType, voidType } from './type-ops.js';
import type { Type } from './types.js';
import { checkConstant, checkVariable } from './variables.js';

type Block = ast.ParserDeclaration | ast.ControlDeclaration;

/** The scope of a block's parameters; records its type. */
function openBlock(context: Context, decl: Block, scope: Scope): Scope {
  const kind = decl.kind === 'ParserDeclaration' ? 'parser' : 'control';
  const outer = new Scope(scope, kind === 'parser' ? { place: kind } : { place: kind, returnType: voidType });
  declareTypeParameters(context, decl.typeParams, outer);
  if (decl.typeParams.length > 0) {
    const message = `a ${kind} with type parameters is not supported; write it for the types it is used with`;
    context.error('P4C901', message, decl.name.span);
  }
  checkParameters(context, decl.params, outer, 'block');
  checkParameters(context, decl.constructorParams, outer, 'constructor');
  const typeArgs = decl.typeParams.map((param) => ({ kind: 'typeVariable', decl: param }) as const);
  const { text: name } = decl.name;
  if (decl.kind === 'ParserDeclaration') context.declared.set(decl, { kind: 'parser', name, decl, typeArgs });
  else context.declared.set(decl, { kind: 'control', name, decl, typeArgs });
  return new Scope(outer);
}

/** Runs `check` with the names of these declarations known as "used before declared". */
function withLater(
  context: Context,
  decls: readonly { readonly name: ast.Identifier }[],
  check: () => void,
): void {
  const before = new Map<string, Span | undefined>();
  for (const { name } of decls) {
    if (!before.has(name.text)) before.set(name.text, context.later.get(name.text));
    context.later.set(name.text, name.span);
  }
  check();
  for (const [name, span] of before) {
    if (span === undefined) context.later.delete(name);
    else context.later.set(name, span);
  }
}

export function checkControl(context: Context, decl: ast.ControlDeclaration, scope: Scope): void {
  const inner = openBlock(context, decl, scope);
  withLater(context, decl.locals, () => {
    for (const local of decl.locals) {
      if (local.kind === 'ActionDeclaration') checkAction(context, local, inner);
      else if (local.kind === 'TableDeclaration') checkTable(context, local, inner);
      else if (local.kind === 'InstanceDeclaration') checkInstance(context, local, inner);
      else if (local.kind === 'ConstantDeclaration') checkConstant(context, local, inner);
      else checkVariable(context, local, inner);
    }
    checkBlock(context, decl.body, inner);
  });
  context.declare(scope, decl);
}

export function checkParser(context: Context, decl: ast.ParserDeclaration, scope: Scope): void {
  const inner = openBlock(context, decl, scope);
  withLater(context, decl.locals, () => {
    for (const local of decl.locals) {
      if (local.kind === 'InstanceDeclaration') checkInstance(context, local, inner);
      else if (local.kind === 'ConstantDeclaration') checkConstant(context, local, inner);
      else if (local.kind === 'ValueSetDeclaration') checkValueSet(context, local, inner);
      else checkVariable(context, local, inner);
    }
  });
  const states = new Map<string, ast.ParserState>();
  for (const state of decl.states) {
    const name = state.name.text;
    const before = states.get(name);
    if (name === 'accept' || name === 'reject') {
      context.error('P4C310', `the state '${name}' is there already: every parser has it`, state.name.span);
    } else if (before !== undefined) {
      context.error('P4C303', `the parser has the state '${name}' twice`, state.name.span, [
        { message: 'the first is here', span: before.name.span },
      ]);
    } else states.set(name, state);
  }
  if (!states.has('start')) {
    context.error(
      'P4C310',
      `parser '${decl.name.text}' has no state 'start', where every parser begins`,
      decl.name.span,
    );
  }
  if (states.has('start') && !mayEnd(states)) {
    context.error('P4C310', `parser '${decl.name.text}' never reaches accept or reject`, decl.name.span);
  }
  const targets = [...states.keys(), 'accept', 'reject'];
  for (const state of decl.states) checkState(context, state, targets, inner);
  context.declare(scope, decl);
}

/** From 'start', some path leads to accept or reject; without that the parser runs until its time is up. */
function mayEnd(states: ReadonlyMap<string, ast.ParserState>): boolean {
  const seen = new Set<string>();
  const open = ['start'];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (!states.has(name)) return true; // accept, reject, or an unknown one, of which there is a message.
    const transition = states.get(name)?.transition;
    // Without a transition a state ends in reject (P4_16 §13.4).
    if (transition === undefined) return true;
    const targets =
      transition.kind === 'DirectTransition' ? [transition.target] : transition.cases.map((c) => c.target);
    open.push(...targets.map((t) => t.text));
  }
  return false;
}

function checkState(
  context: Context,
  state: ast.ParserState,
  targets: readonly string[],
  scope: Scope,
): void {
  const inner = new Scope(scope);
  checkStatements(context, state.statements, inner);
  const { transition } = state;
  if (transition === undefined) return;
  if (transition.kind === 'DirectTransition') {
    checkTarget(context, transition.target, targets);
    return;
  }
  const keyTypes = transition.keys.map((key) => {
    const type = checkValue(context, key, inner);
    if (isSelectable(type)) return type;
    const hint = type.kind === 'header' || type.kind === 'struct' ? '; name its fields' : '';
    context.error(
      'P4C302',
      `select needs numbers, bool, enums or errors, found ${typeText(type)}${hint}`,
      key.span,
    );
    return unknownType;
  });
  for (const item of transition.cases) {
    checkKeysets(context, item.keysets, keyTypes, inner, item.span);
    checkTarget(context, item.target, targets);
  }
}

function isSelectable(type: Type): boolean {
  const base = representation(type);
  if (base.kind === 'tuple') return base.elements.every(isSelectable);
  return ['bit', 'fixedInt', 'bool', 'enum', 'error', 'dontcare', 'typeVariable'].includes(base.kind);
}

function checkTarget(context: Context, target: ast.Identifier, targets: readonly string[]): void {
  if (targets.includes(target.text)) return;
  const valid = suggestion(target.text, targets) || `; the states are ${choices(targets)}`;
  context.error('P4C301', `unknown state '${target.text}'${valid}`, target.span);
}

function checkValueSet(context: Context, decl: ast.ValueSetDeclaration, scope: Scope): void {
  const element = resolveValueType(context, decl.type, scope);
  if (element.kind === 'int' || element.kind === 'string' || element.kind === 'void') {
    context.error('P4C304', `a value set cannot hold ${typeText(element)}`, decl.type.span);
  }
  constantSize(context, decl.size, scope, 'the size of a value set', 2 ** 31);
  context.declared.set(decl, { kind: 'set', element });
  context.declare(scope, decl);
}
