import type * as ast from '../ast.js';
import { joinSpans } from '../source.js';
import type { Cursor } from './cursor.js';
import { parseExpression } from './expressions.js';

/** `default`, `_`, `a`, `a &&& mask`, `lo .. hi` (P4_16 §8.15). */
export function parseSimpleKeyset(p: Cursor): ast.Expression {
  const { span } = p.token;
  if (p.accept('default') || p.accept('_')) return { kind: 'DefaultExpression', span };
  const value = parseExpression(p);
  if (p.accept('&&&')) {
    const mask = parseExpression(p);
    return { kind: 'MaskExpression', value, mask, span: joinSpans(value.span, mask.span) };
  }
  if (p.accept('..')) {
    const hi = parseExpression(p);
    return { kind: 'RangeExpression', lo: value, hi, span: joinSpans(value.span, hi.span) };
  }
  return value;
}

/** One keyset, or `(a, b, ...)`, or `{ a, b, ... }`, which means the same: the parentheses are a tuple if the `:` of the case follows them. */
export function parseKeysets(p: Cursor): ast.Expression[] {
  if (p.is('(')) {
    const tuple = p.attempt('tuple', () => {
      p.next();
      const list: ast.Expression[] = [];
      do list.push(parseSimpleKeyset(p));
      while (p.accept(',') && !p.is(')'));
      return p.accept(')') && p.is(':') ? list : undefined;
    });
    if (tuple !== undefined) return tuple;
  }
  const only = parseSimpleKeyset(p);
  return only.kind === 'ListExpression' ? [...only.elements] : [only];
}
