import { Diagnostics } from '../../diagnostics.js';
import type * as ast from '../ast.js';
import { textOf } from '../preprocess/macros.js';
import { joinSpans } from '../source.js';
import type { Token } from '../tokens.js';
import { Cursor, SyntaxFailure } from './cursor.js';
import { parseExpression } from './expressions.js';

/** `@a`, `@a(...)`, `@a[...]`, `@pragma a ...`, any number of them. */
export function parseAnnotations(p: Cursor): ast.Annotation[] {
  const list: ast.Annotation[] = [];
  while (p.is('@')) list.push(parseAnnotation(p));
  return list;
}

function parseAnnotation(p: Cursor): ast.Annotation {
  const { span: start } = p.next();
  const word = p.next();
  if (word.kind !== 'identifier' && word.kind !== 'keyword') {
    p.fail(`expected an annotation's name after '@', found '${word.text}'`, word.span);
  }
  if (word.text === 'pragma' && !p.token.startsLine) return parsePragma(p, start);
  const name = word.text;
  if (p.is('(')) {
    const tokens = balancedTokens(p);
    const span = p.spanFrom(start);
    return { name, span, args: expressionsIn(tokens, p), body: textOf(tokens) };
  }
  if (p.is('[')) {
    p.next();
    const structured = p.isName() && p.is('=', 1) ? { pairs: parsePairs(p) } : { list: parseList(p) };
    p.expect(']', 'after the annotation');
    return { name, span: p.spanFrom(start), structured };
  }
  return { name, span: p.spanFrom(start) };
}

/** `@pragma name anything` up to the end of the line, as p4c reads it. */
function parsePragma(p: Cursor, start: ast.Node['span']): ast.Annotation {
  const name = p.next();
  const tokens: Token[] = [];
  while (!p.token.startsLine && !p.atEnd) tokens.push(p.next());
  return { name: name.text, span: joinSpans(start, p.previous.span), body: textOf(tokens) };
}

function balancedTokens(p: Cursor): Token[] {
  const open = p.next();
  const tokens: Token[] = [];
  for (let depth = 1; ; ) {
    if (p.atEnd) p.fail("this '(' is not closed: expected ')' after the annotation", open.span);
    if (p.is('(')) depth++;
    if (p.is(')') && --depth === 0) break;
    tokens.push(p.next());
  }
  p.next();
  return tokens;
}

/** The body as expressions if it is a list of them; what an annotation's body must be is for its reader to say. */
function expressionsIn(tokens: readonly Token[], p: Cursor): ast.Expression[] | undefined {
  if (tokens.length === 0) return [];
  const last = tokens.at(-1)!;
  const end: Token = { ...last, kind: 'eof', text: '', span: { ...last.span, start: last.span.end } };
  const inner = new Cursor([...tokens, end], new Diagnostics());
  inner.shareScopes(p);
  try {
    const list = [parseExpression(inner)];
    while (inner.accept(',')) list.push(parseExpression(inner));
    return inner.atEnd ? list : undefined;
  } catch (error) {
    if (error instanceof SyntaxFailure) return undefined;
    throw error;
  }
}

function parseList(p: Cursor): ast.Expression[] {
  const list: ast.Expression[] = [];
  while (!p.is(']')) {
    list.push(parseExpression(p));
    if (!p.accept(',')) break;
  }
  return list;
}

function parsePairs(p: Cursor): ast.KeyValue[] {
  const pairs: ast.KeyValue[] = [];
  while (!p.is(']')) {
    const key = p.name('a key');
    p.expect('=', `after the key '${key.text}'`);
    const value = parseExpression(p);
    pairs.push({ key: key.text, value, span: joinSpans(key.span, value.span) });
    if (!p.accept(',')) break;
  }
  return pairs;
}
