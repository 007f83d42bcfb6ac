import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import { widthOf } from './type-ops.js';
import type { Type } from './types.js';

const words = {
  MaskExpression: "a mask '&&&'",
  RangeExpression: "a range '..'",
  DefaultExpression: "'_'",
} as const;
type SetKind = keyof typeof words;

const forms: Readonly<Record<string, readonly SetKind[]>> = {
  exact: [],
  lpm: ['MaskExpression', 'DefaultExpression'],
  ternary: ['MaskExpression', 'DefaultExpression'],
  range: ['RangeExpression', 'DefaultExpression'],
  optional: ['DefaultExpression'],
};

/** What an entry may say for each match kind (P4_16 §14.2.1.4; range and optional are v1model's). */
export function checkMatch(context: Context, keyset: ast.Expression, kind: string, keyType: Type): void {
  const allowed = forms[kind];
  const { kind: found } = keyset;
  if (allowed === undefined || !(found in words)) return;
  if (!allowed.includes(found as SetKind)) {
    const valid = ['one value', ...allowed.map((form) => words[form])].join(' or ');
    context.error('P4C309', `'${kind}' takes ${valid}, found ${words[found as SetKind]}`, keyset.span);
    return;
  }
  const width = widthOf(keyType);
  if (kind !== 'lpm' || keyset.kind !== 'MaskExpression' || width === undefined) return;
  const mask = context.constants.get(keyset.mask);
  if (mask?.kind !== 'int') return;
  const rest = BigInt.asUintN(width, ~mask.value);
  if ((rest & (rest + 1n)) !== 0n) {
    const text = BigInt.asUintN(width, mask.value).toString(16);
    context.error(
      'P4C309',
      `the mask of 'lpm' must be ones followed by zeros, found 0x${text}`,
      keyset.mask.span,
    );
  }
}
