import type * as ast from '../syntax/ast.js';
import { checkAssignable, isAssignable } from './assign.js';
import type { Context } from './context.js';
import { checkExpression, checkValue } from './expressions.js';
import type { Scope } from './scope.js';
import { isNumeric, isStructLike, isUnknown, representation, typeText } from './type-ops.js';
import type { Type } from './types.js';

/** One keyset against the type of its key (P4_16 §8.15). */
export function checkKeyset(context: Context, e: ast.Expression, keyType: Type, scope: Scope): void {
  const set: Type = { kind: 'set', element: keyType };
  switch (e.kind) {
    case 'DefaultExpression':
      context.types.set(e, set);
      return;
    case 'MaskExpression':
    case 'RangeExpression': {
      const [low, high] = e.kind === 'MaskExpression' ? [e.value, e.mask] : [e.lo, e.hi];
      for (const part of [low, high]) checkPart(context, part, keyType, e, scope);
      context.types.set(e, set);
      return;
    }
    default: {
      const type = checkValue(context, e, scope);
      checkAssignable(context, type, keyType, 'the value for the key', e.span, e);
    }
  }
}

function checkPart(
  context: Context,
  part: ast.Expression,
  keyType: Type,
  e: ast.MaskExpression | ast.RangeExpression,
  scope: Scope,
): void {
  const type = checkValue(context, part, scope);
  if (isUnknown(type) || isUnknown(keyType)) return;
  const operator = e.kind === 'MaskExpression' ? '&&&' : '..';
  const bits = representation(keyType);
  if (!isNumeric(bits) && !(bits.kind === 'bool' && operator === '&&&')) {
    context.error('P4C302', `'${operator}' needs a key that is a number, found ${typeText(keyType)}`, e.span);
  } else if (!isAssignable(context, type, keyType)) {
    checkAssignable(context, representation(type), bits, `the operand of '${operator}'`, part.span, part);
  }
}

/**
 * The keysets of one select case or table entry against all keys: one for each, or a single `default`, or a value
 * set that holds all keys as its fields.
 */
export function checkKeysets(
  context: Context,
  keysets: readonly ast.Expression[],
  keyTypes: readonly Type[],
  scope: Scope,
  span: ast.Node['span'],
): void {
  const [first] = keysets;
  if (keysets.length === 1 && first !== undefined) {
    if (first.kind === 'DefaultExpression') {
      context.types.set(first, { kind: 'set', element: { kind: 'tuple', elements: keyTypes } });
      return;
    }
    if (
      first.kind === 'PathExpression' &&
      context.lookup(first.name, first.absolute, scope)[0]?.kind === 'ValueSetDeclaration'
    ) {
      checkValueSet(context, first, keyTypes, scope);
      return;
    }
  }
  if (keysets.length !== keyTypes.length) {
    for (const keyset of keysets)
      if (keyset.kind === 'PathExpression') checkExpression(context, keyset, scope);
    const expected = `${keyTypes.length} value${keyTypes.length === 1 ? '' : 's'}`;
    context.error('P4C305', `expected ${expected}, one for each key, found ${keysets.length}`, span);
    return;
  }
  keysets.forEach((keyset, i) => {
    checkKeyset(context, keyset, keyTypes[i]!, scope);
  });
}

function leaves(type: Type): Type[] {
  if (isStructLike(type)) return type.fields.flatMap((f) => leaves(f.type));
  return type.kind === 'tuple' ? type.elements.flatMap(leaves) : [type];
}

function checkValueSet(
  context: Context,
  path: ast.PathExpression,
  keyTypes: readonly Type[],
  scope: Scope,
): void {
  const type = checkExpression(context, path, scope);
  if (type.kind !== 'set' || isUnknown(type.element)) return;
  const { element } = type;
  const parts = leaves(element);
  const whole = keyTypes.length === 1 && isAssignable(context, element, keyTypes[0]!);
  const fits =
    parts.length === keyTypes.length && parts.every((part, i) => isAssignable(context, part, keyTypes[i]!));
  if (whole || fits) return;
  const keys = keyTypes.map(typeText).join(', ');
  context.error('P4C302', `the value set holds ${typeText(element)}, but the keys are (${keys})`, path.span);
}
