import type * as ast from '../syntax/ast.js';
import { convertConstant } from './assign.js';
import { checkCall } from './calls.js';
import { checkCast } from './casts.js';
import { checkConstructor } from './constructors.js';
import { type Context, declarationText } from './context.js';
import { foldSlice, foldUnary } from './fold.js';
import { checkMember } from './members.js';
import { checkBinary, commonType } from './operators.js';
import { resolveType } from './resolve.js';
import type { Scope } from './scope.js';
import {
  bitType,
  boolType,
  intType,
  isFixed,
  isNumeric,
  isUnknown,
  stringType,
  typeText,
  unknownType,
} from './type-ops.js';
import type { Constant, Field, Type } from './types.js';

/**
 * Finds the type of an expression and, where it has one at compile time, its value; both go into the context's maps.
 * A mistake is reported once and makes the type unknown, which fits everywhere.
 */
export function checkExpression(context: Context, e: ast.Expression, scope: Scope): Type {
  const type = check(context, e, scope);
  context.types.set(e, type);
  return type;
}

function check(context: Context, e: ast.Expression, scope: Scope): Type {
  switch (e.kind) {
    case 'NumberLiteral':
      context.constants.set(e, { kind: 'int', value: e.value });
      if (e.width === undefined) return intType;
      return { kind: e.signed === true ? 'fixedInt' : 'bit', width: e.width };
    case 'BooleanLiteral':
      context.constants.set(e, { kind: 'bool', value: e.value });
      return boolType;
    case 'StringLiteral':
      context.constants.set(e, { kind: 'string', value: e.value });
      return stringType;
    case 'PathExpression':
      return checkPath(context, e, scope);
    case 'TypeNameExpression':
      return resolveType(context, e.type, scope);
    case 'MemberExpression':
      return checkMember(context, e, scope);
    case 'IndexExpression':
      return checkIndex(context, e, scope);
    case 'SliceExpression':
      return checkSlice(context, e, scope);
    case 'UnaryExpression':
      return checkUnary(context, e, scope);
    case 'BinaryExpression': {
      const left = checkValue(context, e.left, scope);
      return checkBinary(context, e, left, checkValue(context, e.right, scope));
    }
    case 'ConditionalExpression':
      return checkConditional(context, e, scope);
    case 'CastExpression':
      return checkCast(context, e, scope);
    case 'CallExpression':
      return checkCall(context, e, scope);
    case 'ConstructorExpression':
      return checkConstructor(context, e, scope);
    case 'ListExpression':
      return checkList(context, e, scope);
    case 'StructExpression':
      return checkStruct(context, e, scope);
    case 'InvalidExpression':
    case 'DotsExpression':
      return unknownType;
    case 'DefaultExpression':
    case 'MaskExpression':
    case 'RangeExpression':
      context.error(
        'P4C304',
        'a set can stand only in a table entry, in a select or after for (... in',
        e.span,
      );
      return unknownType;
  }
}

/** An expression that is a value: not a type, a function, a table or a state by itself. */
export function checkValue(context: Context, e: ast.Expression, scope: Scope): Type {
  const type = checkExpression(context, e, scope);
  if (e.kind === 'TypeNameExpression' && !isUnknown(type)) {
    context.error('P4C304', `expected a value, found the type ${typeText(type)}`, e.span);
    return unknownType;
  }
  if (type.kind === 'function' || type.kind === 'state') {
    context.error('P4C304', `expected a value, found a ${type.kind}; is its argument list missing?`, e.span);
    return unknownType;
  }
  return type;
}

function checkPath(context: Context, e: ast.PathExpression, scope: Scope): Type {
  if (e.name.text === 'this') {
    context.error('P4C901', "'this' is not supported yet", e.span);
    return unknownType;
  }
  if (scope.find(e.name.text).length === 0 && context.matchKinds.includes(e.name.text)) {
    context.constants.set(e, { kind: 'name', value: `match_kind.${e.name.text}` });
    return { kind: 'matchKind' };
  }
  const [decl] = context.lookup(e.name, e.absolute, scope);
  if (decl === undefined) return unknownType;
  context.declarations.set(e, decl);
  switch (decl.kind) {
    case 'ConstantDeclaration': {
      const value = context.constantValues.get(decl);
      if (value !== undefined) context.constants.set(e, value);
      return context.declared.get(decl) ?? unknownType;
    }
    case 'VariableDeclaration':
    case 'Parameter':
    case 'InstanceDeclaration':
    case 'ValueSetDeclaration':
      return context.declared.get(decl) ?? unknownType;
    case 'ActionDeclaration':
      return { kind: 'action', decl };
    case 'TableDeclaration':
      return { kind: 'table', decl };
    case 'FunctionDeclaration':
    case 'ExternFunctionDeclaration':
      return { kind: 'function' };
    case 'ParserState':
      return { kind: 'state' };
    default:
      context.error('P4C304', `expected a value, found ${declarationText(decl)}`, e.span);
      return unknownType;
  }
}

function checkIndex(context: Context, e: ast.IndexExpression, scope: Scope): Type {
  const target = checkValue(context, e.target, scope);
  const index = checkValue(context, e.index, scope);
  if (isUnknown(target)) return unknownType;
  const value = context.constants.get(e.index);
  if (target.kind === 'tuple') {
    if (value?.kind !== 'int') {
      context.error('P4C307', 'the index of a tuple must be known at compile time', e.index.span);
      return unknownType;
    }
    const element = target.elements[Number(value.value)];
    if (value.value < 0n || element === undefined) {
      const message = `the tuple has the elements 0 to ${target.elements.length - 1}, found ${value.value}`;
      context.error('P4C312', message, e.index.span);
      return unknownType;
    }
    const constant = context.constants.get(e.target);
    if (constant?.kind === 'list') context.constants.set(e, constant.elements[Number(value.value)]!);
    return element;
  }
  if (target.kind !== 'headerStack') {
    context.error(
      'P4C304',
      `only a header stack or a tuple has elements, found ${typeText(target)}`,
      e.target.span,
    );
    return unknownType;
  }
  if (!isUnknown(index) && !isNumeric(index) && index.kind !== 'serEnum') {
    context.error('P4C302', `an index must be a number, found ${typeText(index)}`, e.index.span);
  }
  if (value?.kind === 'int' && target.size > 0 && (value.value < 0n || value.value >= BigInt(target.size))) {
    const message = `the stack has the elements 0 to ${target.size - 1}, found ${value.value}`;
    context.error('P4C312', message, e.index.span);
  }
  return target.element;
}

function checkSlice(context: Context, e: ast.SliceExpression, scope: Scope): Type {
  const type = checkValue(context, e.target, scope);
  const target = type.kind === 'serEnum' ? type.underlying : type;
  const bound = (part: ast.Expression): number | undefined => {
    const partType = checkValue(context, part, scope);
    if (isUnknown(partType)) return undefined;
    const value = context.constants.get(part);
    if (value?.kind === 'int' && (isNumeric(partType) || partType.kind === 'serEnum'))
      return Number(value.value);
    context.error('P4C307', 'the bounds of a slice must be numbers known at compile time', part.span);
    return undefined;
  };
  const hi = bound(e.hi);
  const lo = bound(e.lo);
  if (isUnknown(target)) return unknownType;
  if (!isNumeric(target)) {
    context.error('P4C311', `a slice is taken from bit<W> or int<W>, found ${typeText(type)}`, e.target.span);
    return unknownType;
  }
  if (hi === undefined || lo === undefined) return unknownType;
  const width = target.kind === 'int' ? Number.MAX_SAFE_INTEGER : target.width;
  if (lo < 0 || hi < lo || hi >= width) {
    const rule = hi < lo ? 'write the higher bit first' : `${typeText(type)} has the bits ${width - 1} to 0`;
    context.error('P4C312', `the slice [${hi}:${lo}] does not exist: ${rule}`, e.span);
    return unknownType;
  }
  const constant = context.constants.get(e.target);
  if (target.kind === 'int' && (constant === undefined || hi > 65_535)) {
    context.error(
      'P4C311',
      'a slice of an unsized int must be known at compile time; give it a width',
      e.span,
    );
    return unknownType;
  }
  const folded = constant === undefined ? undefined : foldSlice(constant, hi, lo);
  if (folded !== undefined) context.constants.set(e, folded);
  return bitType(hi - lo + 1);
}

function checkUnary(context: Context, e: ast.UnaryExpression, scope: Scope): Type {
  const found = checkValue(context, e.operand, scope);
  if (isUnknown(found)) return e.op === '!' ? boolType : unknownType;
  const operand = found.kind === 'serEnum' ? found.underlying : found;
  const fits = e.op === '!' ? operand.kind === 'bool' : e.op === '~' ? isFixed(operand) : isNumeric(operand);
  if (!fits) {
    const expected = e.op === '!' ? 'a bool' : e.op === '~' ? 'a number of known width' : 'a number';
    context.error('P4C311', `'${e.op}' takes ${expected}, found ${typeText(found)}`, e.span);
    return unknownType;
  }
  const constant = context.constants.get(e.operand);
  const folded = constant === undefined ? undefined : foldUnary(e.op, constant, operand);
  if (folded !== undefined) context.constants.set(e, folded);
  return operand;
}

function checkConditional(context: Context, e: ast.ConditionalExpression, scope: Scope): Type {
  checkCondition(context, e.condition, scope);
  const whenTrue = checkValue(context, e.whenTrue, scope);
  const whenFalse = checkValue(context, e.whenFalse, scope);
  const type = commonType(context, whenTrue, whenFalse);
  if (type === undefined) {
    const found = `${typeText(whenTrue)} and ${typeText(whenFalse)}`;
    context.error('P4C311', `both branches of '?:' must have one type, found ${found}`, e.span);
    return unknownType;
  }
  const condition = context.constants.get(e.condition);
  if (type.kind === 'int' && condition === undefined) {
    context.error(
      'P4C311',
      "the branches of '?:' need a width, as the condition is not known at compile time",
      e.span,
    );
    return unknownType;
  }
  if (condition?.kind === 'bool') {
    const value = context.constants.get(condition.value ? e.whenTrue : e.whenFalse);
    if (value !== undefined) context.constants.set(e, convertConstant(value, type));
  }
  return type;
}

/** An expression that must be a bool: of `if`, `?:`, `for`. */
export function checkCondition(context: Context, e: ast.Expression, scope: Scope): void {
  const type = checkValue(context, e, scope);
  if (type.kind === 'bool' || isUnknown(type)) return;
  const hint =
    type.kind === 'applyResult'
      ? '; write .hit or .miss behind it'
      : isNumeric(type)
        ? '; compare it: x != 0'
        : '';
  context.error('P4C302', `a condition must be bool, found ${typeText(type)}${hint}`, e.span);
}

function checkList(context: Context, e: ast.ListExpression, scope: Scope): Type {
  const elements = e.elements.map((element) => checkValue(context, element, scope));
  const values: Constant[] = [];
  for (const element of e.elements) {
    const value = context.constants.get(element);
    if (value !== undefined) values.push(value);
  }
  if (values.length === e.elements.length) context.constants.set(e, { kind: 'list', elements: values });
  return { kind: 'tuple', elements };
}

function checkStruct(context: Context, e: ast.StructExpression, scope: Scope): Type {
  const fields: Field[] = [];
  const values: [string, Constant][] = [];
  const seen = new Set<string>();
  for (const { name, value } of e.fields) {
    if (seen.has(name.text)) context.error('P4C303', `the field '${name.text}' is given twice`, name.span);
    seen.add(name.text);
    fields.push({ name: name.text, type: checkValue(context, value, scope), annotations: [] });
    const constant = context.constants.get(value);
    if (constant !== undefined) values.push([name.text, constant]);
  }
  if (values.length === e.fields.length && !e.hasDots)
    context.constants.set(e, { kind: 'struct', fields: values });
  // A name that no field can have stands for "the rest takes default values".
  if (e.hasDots) fields.push({ name: '...', type: unknownType, annotations: [] });
  return { kind: 'structLiteral', fields };
}
