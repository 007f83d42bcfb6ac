import type { Type } from '../check/types.js';
import type * as ast from '../syntax/ast.js';
import type { Keyset } from './core.js';
import { value } from './expressions.js';
import type { Frame, Normaliser } from './normaliser.js';

/** A keyset expression (P4_16 §8.15, §13.6) for a key of `width` bits, evaluated. */
export function keyset(n: Normaliser, f: Frame, e: ast.Expression, type: Type, width: number): Keyset {
  const number = (part: ast.Expression): bigint => {
    const known = value(n, f, part, type);
    if (known.kind === 'const') return BigInt.asUintN(width, known.value);
    n.diagnostics.error('P4C404', 'a set of values to match must be known at compile time', part.span);
    return 0n;
  };
  switch (e.kind) {
    case 'DefaultExpression':
      return { kind: 'any' };
    case 'MaskExpression': {
      const mask = number(e.mask);
      return { kind: 'mask', value: number(e.value) & mask, mask };
    }
    case 'RangeExpression': {
      const lo = number(e.lo);
      const hi = number(e.hi);
      if (lo > hi) {
        n.diagnostics.error(
          'P4C407',
          `the range from ${lo} to ${hi} is empty; write the smaller bound first`,
          e.span,
        );
      }
      return { kind: 'range', lo, hi };
    }
    case 'PathExpression': {
      const decl = n.program.checked.declarationOf(e);
      const set = decl?.kind === 'ValueSetDeclaration' ? f.block.valueSets.get(decl) : undefined;
      return set ? { kind: 'valueSet', set } : { kind: 'value', value: number(e) };
    }
    default:
      return { kind: 'value', value: number(e) };
  }
}
