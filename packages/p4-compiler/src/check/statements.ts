import type * as ast from '../syntax/ast.js';
import { checkAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkCondition, checkExpression, checkValue } from './expressions.js';
import { checkInstance } from './instances.js';
import { checkBinary } from './operators.js';
import { Scope } from './scope.js';
import { checkSwitch } from './switches.js';
import { isNumeric, isUnknown, typeText } from './type-ops.js';
import type { Type } from './types.js';
import { whyNoLValue } from './values.js';
import { checkConstant, checkVariable } from './variables.js';

/** Statements of one block, in a scope of their own. */
export function checkBlock(context: Context, block: ast.BlockStatement, scope: Scope): void {
  checkStatements(context, block.statements, new Scope(scope));
}

export function checkStatements(context: Context, statements: readonly ast.Statement[], scope: Scope): void {
  for (const statement of statements) checkStatement(context, statement, scope);
}

export function checkStatement(context: Context, s: ast.Statement, scope: Scope): void {
  switch (s.kind) {
    case 'BlockStatement':
      checkBlock(context, s, scope);
      return;
    case 'EmptyStatement':
      return;
    case 'AssignmentStatement':
      checkAssignment(context, s, scope);
      return;
    case 'CallStatement':
      checkExpression(context, s.call, scope);
      return;
    case 'IfStatement':
      checkCondition(context, s.condition, scope);
      checkStatement(context, s.then, new Scope(scope));
      if (s.else !== undefined) checkStatement(context, s.else, new Scope(scope));
      return;
    case 'SwitchStatement':
      if (scope.place === 'parser') context.error('P4C313', "a parser cannot 'switch'; use select", s.span);
      checkSwitch(context, s, scope);
      return;
    case 'ReturnStatement':
      checkReturn(context, s, scope);
      return;
    case 'ExitStatement':
      if (scope.place !== 'control' && scope.place !== 'action') {
        context.error('P4C313', "'exit' can stand only in a control or an action", s.span);
      }
      return;
    case 'BreakStatement':
    case 'ContinueStatement':
      if (!scope.inLoop) {
        const word = s.kind === 'BreakStatement' ? 'break' : 'continue';
        context.error('P4C313', `'${word}' can stand only in a loop`, s.span);
      }
      return;
    case 'ForStatement':
      checkFor(context, s, scope);
      return;
    case 'ForInStatement':
      checkForIn(context, s, scope);
      return;
    case 'DeclarationStatement':
      checkDeclaration(context, s.declaration, scope);
  }
}

function checkDeclaration(
  context: Context,
  decl: ast.VariableDeclaration | ast.ConstantDeclaration | ast.InstanceDeclaration,
  scope: Scope,
): void {
  if (decl.kind === 'VariableDeclaration') checkVariable(context, decl, scope);
  else if (decl.kind === 'ConstantDeclaration') checkConstant(context, decl, scope);
  else {
    const message =
      'an instance is declared among the locals of a parser or control, not among its statements';
    if (scope.place !== 'control' && scope.place !== 'parser') context.error('P4C313', message, decl.span);
    checkInstance(context, decl, scope);
  }
}

function checkAssignment(context: Context, s: ast.AssignmentStatement, scope: Scope): void {
  const left = checkValue(context, s.left, scope);
  const right = checkValue(context, s.right, scope);
  const why = whyNoLValue(context, s.left);
  if (why !== undefined) {
    context.error('P4C306', `cannot assign to this: ${why}`, s.left.span);
    return;
  }
  if (s.op === undefined) {
    checkAssignable(context, right, left, 'the value assigned', s.right.span, s.right);
    return;
  }
  const { op, span } = s;
  const result = checkBinary(
    context,
    { kind: 'BinaryExpression', op, left: s.left, right: s.right, span },
    left,
    right,
  );
  checkAssignable(context, result, left, `the result of '${op}='`, span);
}

function checkReturn(context: Context, s: ast.ReturnStatement, scope: Scope): void {
  if (scope.returnType === undefined) {
    context.error(
      'P4C313',
      "'return' can stand only in a function, an action or the apply block of a control",
      s.span,
    );
    if (s.value !== undefined) checkValue(context, s.value, scope);
    return;
  }
  const isVoid = scope.returnType.kind === 'void';
  if (s.value === undefined) {
    if (!isVoid && !isUnknown(scope.returnType)) {
      context.error('P4C302', `'return' needs a value of type ${typeText(scope.returnType)} here`, s.span);
    }
    return;
  }
  const type = checkValue(context, s.value, scope);
  if (isVoid) context.error('P4C302', `'return' takes no value here, found ${typeText(type)}`, s.value.span);
  else checkAssignable(context, type, scope.returnType, 'the value returned', s.value.span, s.value);
}

function checkFor(context: Context, s: ast.ForStatement, scope: Scope): void {
  const head = new Scope(scope);
  checkStatements(context, s.init, head);
  checkCondition(context, s.condition, head);
  checkStatements(context, s.update, head);
  checkStatement(context, s.body, new Scope(head, { inLoop: true }));
}

/** `for (T x in lo .. hi)` or over the elements of a stack, list or tuple (P4_16 §12.8). */
function checkForIn(context: Context, s: ast.ForInStatement, scope: Scope): void {
  const inner = new Scope(scope, { inLoop: true });
  let element: Type | undefined;
  if (s.collection.kind === 'RangeExpression') {
    const { lo, hi } = s.collection;
    const low = checkValue(context, lo, scope);
    const high = checkValue(context, hi, scope);
    for (const [type, part] of [
      [low, lo],
      [high, hi],
    ] as const) {
      if (!isUnknown(type) && !isNumeric(type)) {
        context.error('P4C302', `the bounds of '..' must be numbers, found ${typeText(type)}`, part.span);
      }
    }
    element = low.kind === 'int' ? high : low;
    context.types.set(s.collection, { kind: 'set', element });
  } else {
    const type = checkValue(context, s.collection, scope);
    if (type.kind === 'headerStack' || type.kind === 'list') element = type.element;
    else if (type.kind === 'tuple' && type.elements.length > 0) element = type.elements[0];
    else if (!isUnknown(type)) {
      context.error(
        'P4C302',
        `'for ... in' goes over a range or a stack, found ${typeText(type)}`,
        s.collection.span,
      );
    }
  }
  checkVariable(context, s.variable, inner);
  const variable = context.declared.get(s.variable);
  if (element !== undefined && variable !== undefined) {
    checkAssignable(context, element, variable, 'an element', s.collection.span);
  }
  checkStatement(context, s.body, inner);
}

/** Control never reaches the end of the statement: for "this function returns no value on some path". */
export function alwaysLeaves(s: ast.Statement): boolean {
  switch (s.kind) {
    case 'ReturnStatement':
    case 'ExitStatement':
      return true;
    case 'BlockStatement':
      return s.statements.some(alwaysLeaves);
    case 'IfStatement':
      return s.else !== undefined && alwaysLeaves(s.then) && alwaysLeaves(s.else);
    case 'SwitchStatement':
      return (
        s.cases.some((c) => c.label.kind === 'DefaultExpression') &&
        s.cases.every((c, i) => (c.body === undefined ? i < s.cases.length - 1 : alwaysLeaves(c.body)))
      );
    default:
      return false;
  }
}
