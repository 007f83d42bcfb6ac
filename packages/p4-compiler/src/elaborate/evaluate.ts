import type { CheckedProgram, Constant, Type } from '../check/types.js';
import type * as ast from '../syntax/ast.js';
import { foldInteger, type Integer, wrap } from './arithmetic.js';
import type { Scope, Value } from './instance.js';
import { substitute, underlying, widthOf } from './types.js';

/**
 * Evaluates an expression whose value depends on constructor parameters, which the checker cannot know
 * (P4_16 §18.1). Undefined when it is no compile-time value.
 */
export function evaluate(
  checked: CheckedProgram,
  expression: ast.Expression,
  scope: Scope,
): Value | undefined {
  const known = checked.constantOf(expression);
  if (known) return { kind: 'constant', constant: known, type: typeIn(checked, expression, scope) };
  if (expression.kind === 'PathExpression') {
    const decl = checked.declarationOf(expression);
    const bound = decl && scope.values.get(decl);
    if (bound) return bound;
    if (decl?.kind === 'ConstantDeclaration') return evaluate(checked, decl.value, scope);
    return undefined;
  }
  const constant = evaluateOperation(checked, expression, scope);
  return constant && { kind: 'constant', constant, type: typeIn(checked, expression, scope) };
}

/** The integer value of a compile-time expression, as for sizes. */
export function evaluateInteger(
  checked: CheckedProgram,
  expression: ast.Expression,
  scope: Scope,
): bigint | undefined {
  const value = evaluate(checked, expression, scope);
  return value?.kind === 'constant' && value.constant.kind === 'int' ? value.constant.value : undefined;
}

export function evaluateBoolean(
  checked: CheckedProgram,
  expression: ast.Expression,
  scope: Scope,
): boolean | undefined {
  const value = evaluate(checked, expression, scope);
  return value?.kind === 'constant' && value.constant.kind === 'bool' ? value.constant.value : undefined;
}

export function typeIn(checked: CheckedProgram, expression: ast.Expression, scope: Scope): Type {
  return substitute(checked.typeOf(expression), scope.types);
}

export function integerOf(type: Type): Integer | undefined {
  const bits = underlying(type);
  if (bits.kind === 'bit') return { width: bits.width, signed: false };
  if (bits.kind === 'fixedInt') return { width: bits.width, signed: true };
  return undefined;
}

function evaluateOperation(
  checked: CheckedProgram,
  expression: ast.Expression,
  scope: Scope,
): Constant | undefined {
  const constantOf = (operand: ast.Expression): Constant | undefined => {
    const value = evaluate(checked, operand, scope);
    return value?.kind === 'constant' ? value.constant : undefined;
  };
  switch (expression.kind) {
    case 'BinaryExpression':
      return binary(expression, constantOf, integerOf(typeIn(checked, expression, scope)), () =>
        widthOf(typeIn(checked, expression.right, scope)),
      );
    case 'UnaryExpression':
      return unary(
        expression.op,
        constantOf(expression.operand),
        integerOf(typeIn(checked, expression, scope)),
      );
    case 'CastExpression':
      return cast(
        constantOf(expression.operand),
        substitute(checked.typeOfNode(expression.type), scope.types),
      );
    case 'ConditionalExpression': {
      const condition = constantOf(expression.condition);
      if (condition?.kind !== 'bool') return undefined;
      return constantOf(condition.value ? expression.whenTrue : expression.whenFalse);
    }
    case 'SliceExpression':
      return slice(constantOf(expression.target), constantOf(expression.hi), constantOf(expression.lo));
    case 'MemberExpression': {
      const target = constantOf(expression.target);
      if (target?.kind !== 'struct') return undefined;
      return target.fields.find(([name]) => name === expression.member.text)?.[1];
    }
    case 'ListExpression': {
      const elements = expression.elements.map(constantOf);
      return elements.every((element) => element !== undefined) ? { kind: 'list', elements } : undefined;
    }
    default:
      return undefined;
  }
}

function binary(
  expression: ast.BinaryExpression,
  constantOf: (operand: ast.Expression) => Constant | undefined,
  type: Integer | undefined,
  rightWidth: () => number | undefined,
): Constant | undefined {
  const left = constantOf(expression.left);
  if (left?.kind === 'bool' && expression.op === '&&' && !left.value) return left;
  if (left?.kind === 'bool' && expression.op === '||' && left.value) return left;
  const right = constantOf(expression.right);
  if (!left || !right) return undefined;
  if (left.kind === 'bool' && right.kind === 'bool') return logical(expression.op, left.value, right.value);
  if (left.kind === 'name' && right.kind === 'name') {
    if (expression.op === '==') return { kind: 'bool', value: left.value === right.value };
    if (expression.op === '!=') return { kind: 'bool', value: left.value !== right.value };
    return undefined;
  }
  if (left.kind !== 'int' || right.kind !== 'int') return undefined;
  if (expression.op === '++') {
    const width = rightWidth();
    if (width === undefined) return undefined;
    return {
      kind: 'int',
      value: wrap((left.value << BigInt(width)) | BigInt.asUintN(width, right.value), type),
    };
  }
  const value = foldInteger(expression.op, left.value, right.value, type);
  if (value === undefined) return undefined;
  return COMPARISONS.has(expression.op) ? { kind: 'bool', value: value === 1n } : { kind: 'int', value };
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

function logical(op: ast.BinaryOperator, left: boolean, right: boolean): Constant | undefined {
  switch (op) {
    case '&&':
      return { kind: 'bool', value: left && right };
    case '||':
      return { kind: 'bool', value: left || right };
    case '==':
      return { kind: 'bool', value: left === right };
    case '!=':
      return { kind: 'bool', value: left !== right };
    default:
      return undefined;
  }
}

function unary(op: string, operand: Constant | undefined, type: Integer | undefined): Constant | undefined {
  if (operand?.kind === 'bool') return op === '!' ? { kind: 'bool', value: !operand.value } : undefined;
  if (operand?.kind !== 'int') return undefined;
  switch (op) {
    case '-':
      return { kind: 'int', value: wrap(-operand.value, type) };
    case '+':
      return operand;
    case '~':
      return type && { kind: 'int', value: wrap(~operand.value, type) };
    default:
      return undefined;
  }
}

function cast(operand: Constant | undefined, type: Type): Constant | undefined {
  const target = underlying(type);
  if (operand?.kind === 'int') {
    if (target.kind === 'bool') return { kind: 'bool', value: operand.value !== 0n };
    return { kind: 'int', value: wrap(operand.value, integerOf(target)) };
  }
  if (operand?.kind === 'bool' && target.kind !== 'bool')
    return { kind: 'int', value: operand.value ? 1n : 0n };
  return operand;
}

function slice(
  target: Constant | undefined,
  hi: Constant | undefined,
  lo: Constant | undefined,
): Constant | undefined {
  if (target?.kind !== 'int' || hi?.kind !== 'int' || lo?.kind !== 'int') return undefined;
  if (lo.value < 0n || hi.value < lo.value) return undefined;
  return { kind: 'int', value: BigInt.asUintN(Number(hi.value - lo.value) + 1, target.value >> lo.value) };
}
