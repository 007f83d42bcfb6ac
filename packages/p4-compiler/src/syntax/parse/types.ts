import type * as ast from '../ast.js';
import type { Cursor } from './cursor.js';
import { parseExpression, parseWidthExpression } from './expressions.js';

const baseTypes: ReadonlyMap<string, ast.BaseType['base']> = new Map([
  ['bool', 'bool'],
  ['error', 'error'],
  ['string', 'string'],
  ['void', 'void'],
  ['match_kind', 'match_kind'],
  ['int', 'int'],
  ['bit', 'bit'],
  ['varbit', 'varbit'],
  ['_', 'dontcare'],
]);

/** A token that can begin a type, taking an unknown name for a value. */
export function startsType(p: Cursor): boolean {
  if (p.isName()) return p.isTypeName(p.token.text);
  if (p.is('.')) return p.isName(1) && p.isTopLevelTypeName(p.peek(1).text);
  return p.token.kind === 'keyword' && !p.is('_') && (baseTypes.has(p.token.text) || p.is('tuple'));
}

/** `typeRef`, also with `[N]` behind it. Any name passes here: whether it is a type is for the checker to say. */
export function parseType(p: Cursor): ast.TypeNode {
  return p.nested(() => {
    const start = p.token.span;
    let type = parseSimpleType(p);
    while (p.is('[')) {
      p.next();
      const size = parseExpression(p);
      p.expect(']', 'after the size of the stack');
      type = { kind: 'HeaderStackType', span: p.spanFrom(start), element: type, size };
    }
    return type;
  });
}

function parseSimpleType(p: Cursor): ast.TypeNode {
  const { span, text } = p.token;
  if (p.token.kind === 'keyword') {
    const base = baseTypes.get(text);
    if (base !== undefined) {
      p.next();
      return parseBase(p, base, span);
    }
    if (text === 'tuple') {
      p.next();
      return { kind: 'TupleType', elements: parseTypeArguments(p), span: p.spanFrom(span) };
    }
    return p.fail(`expected a type, found ${p.found()}`);
  }
  if (text === 'list' && p.is('<', 1)) {
    p.next();
    const elements = parseTypeArguments(p);
    if (elements.length !== 1) p.fail(`list<> takes one type, found ${elements.length}`, p.spanFrom(span));
    return { kind: 'ListType', element: elements[0]!, span: p.spanFrom(span) };
  }
  return parseNamedType(p);
}

/** `name`, `.name`, `name<args>`. */
export function parseNamedType(p: Cursor): ast.NamedType {
  const { span } = p.token;
  const absolute = p.accept('.');
  const name = p.name('a type');
  const typeArgs = p.is('<') ? parseTypeArguments(p) : [];
  return { kind: 'NamedType', name, absolute, typeArgs, span: p.spanFrom(span) };
}

function parseBase(p: Cursor, base: ast.BaseType['base'], span: ast.Node['span']): ast.BaseType {
  const sized = base === 'bit' || base === 'int' || base === 'varbit';
  if (!sized || !p.is('<')) {
    if (base === 'varbit') p.fail(`expected '<' and the maximum width after varbit, found ${p.found()}`);
    return { kind: 'BaseType', base, span };
  }
  p.next();
  const width = parseWidthExpression(p);
  p.expect('>', 'after the width');
  return { kind: 'BaseType', base: base === 'int' ? 'fixedInt' : base, width, span: p.spanFrom(span) };
}

/** `<T, bit<8>, _>` */
export function parseTypeArguments(p: Cursor): ast.TypeNode[] {
  p.expect('<', 'before the type arguments');
  const args: ast.TypeNode[] = [];
  if (p.accept('>')) return args;
  do args.push(parseType(p));
  while (p.accept(','));
  p.expect('>', 'after the type arguments');
  return args;
}

/** Type arguments in an expression: there a name counts only if it is known to be a type. */
export function parseRealTypeArguments(p: Cursor): ast.TypeNode[] | undefined {
  const first = p.peek(1);
  const mayBeType =
    first.kind !== 'identifier' || p.isTypeName(first.text) || (first.text === 'list' && p.is('<', 2));
  if (!mayBeType) return undefined;
  const args = parseTypeArguments(p);
  const known = args.every((a) => a.kind !== 'NamedType' || a.absolute || p.isTypeName(a.name.text));
  return known && args.length > 0 ? args : undefined;
}

/** `<T, U>` after the name of a declaration; declares them in the scope that is open. */
export function parseTypeParameters(p: Cursor): ast.TypeParameter[] {
  const params: ast.TypeParameter[] = [];
  if (!p.accept('<')) return params;
  do {
    const name = p.name('the name of a type parameter');
    p.declare(name, 'type');
    params.push({ kind: 'TypeParameter', name, span: name.span });
  } while (p.accept(','));
  p.expect('>', 'after the type parameters');
  return params;
}
