import type * as ast from '../ast.js';
import { joinSpans } from '../source.js';
import type { Cursor } from './cursor.js';
import { parseNumber, parseString } from './literals.js';
import { parseNamedType, parseRealTypeArguments, parseType, startsType } from './types.js';

/** P4_16 §8.2 and appendix H: higher binds tighter. Comparison `<` and shift `>>` need care, see `operatorHere`. */
const precedence: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['&&', 2],
  ['==', 3],
  ['!=', 3],
  ['<', 4],
  ['>', 4],
  ['<=', 4],
  ['>=', 4],
  ['|', 5],
  ['^', 6],
  ['&', 7],
  ['<<', 8],
  ['>>', 8],
  ['++', 9],
  ['+', 9],
  ['-', 9],
  ['|+|', 9],
  ['|-|', 9],
  ['*', 10],
  ['/', 10],
  ['%', 10],
]);
/** Operators in one chain `a + b + c ...`, and members in one chain `a.b.c`: each makes the tree one deeper. */
const maxChain = 1500;

export function parseExpression(p: Cursor): ast.Expression {
  return p.greaterCloses ? p.withGreater(false, () => parseMux(p)) : parseMux(p);
}

/** An expression in which `>` closes a type's argument: `bit<W + 1>`. */
export function parseWidthExpression(p: Cursor): ast.Expression {
  return p.withGreater(true, () => parseMux(p));
}

function parseMux(p: Cursor): ast.Expression {
  return p.nested(() => {
    const condition = parseBinary(p, 1);
    if (!p.accept('?')) return condition;
    const whenTrue = parseExpression(p);
    p.expect(':', "of '?:'");
    const whenFalse = parseMux(p);
    const span = joinSpans(condition.span, whenFalse.span);
    return { kind: 'ConditionalExpression', condition, whenTrue, whenFalse, span };
  });
}

function operatorHere(p: Cursor): string {
  if (p.greaterCloses && p.is('>')) return '';
  if (p.isShiftRight()) return '>>';
  return p.token.kind === 'punctuation' ? p.token.text : '';
}

function parseBinary(p: Cursor, least: number): ast.Expression {
  let left = parseUnary(p);
  for (let chain = 0; ; chain++) {
    const op = operatorHere(p);
    const level = precedence.get(op);
    if (level === undefined || level < least) return left;
    // `a >>= b` is an assignment, which lexes as `>` `>=`.
    if (op === '>' && p.is('>=', 1) && !p.peek(1).spaceBefore) return left;
    if (chain > maxChain) p.fail(`more than ${maxChain} operators in one expression`);
    p.next();
    if (op === '>>') p.next();
    const right = p.nested(() => parseBinary(p, level + 1));
    const span = joinSpans(left.span, right.span);
    left = { kind: 'BinaryExpression', op: op as ast.BinaryOperator, left, right, span };
  }
}

function parseUnary(p: Cursor): ast.Expression {
  const { span, text } = p.token;
  if (p.token.kind === 'punctuation' && (text === '!' || text === '~' || text === '-' || text === '+')) {
    p.next();
    const operand = p.nested(() => parseUnary(p));
    return { kind: 'UnaryExpression', op: text, operand, span: joinSpans(span, operand.span) };
  }
  if (p.is('(')) {
    const type = p.attempt('cast', () => {
      p.next();
      if (!startsType(p) && !(p.is('list') && p.is('<', 1))) return undefined;
      const cast = parseType(p);
      if (!p.accept(')')) return undefined;
      return cast;
    });
    if (type !== undefined) {
      const operand = p.nested(() => parseUnary(p));
      return { kind: 'CastExpression', type, operand, span: joinSpans(span, operand.span) };
    }
  }
  return parsePostfix(p, parsePrimary(p));
}

/** `.member`, `[i]`, `[hi:lo]`, `(args)`, `<types>(args)` behind an expression. */
export function parsePostfix(p: Cursor, primary: ast.Expression): ast.Expression {
  let target = primary;
  for (let chain = 0; ; chain++) {
    if (chain > maxChain) p.fail(`more than ${maxChain} members in one chain`);
    if (p.is('.') && p.isName(1)) {
      p.next();
      const member = p.name('a member');
      target = { kind: 'MemberExpression', target, member, span: joinSpans(target.span, member.span) };
    } else if (p.is('.')) {
      p.next();
      p.name("a member's name after '.'");
    } else if (p.is('[')) target = parseBrackets(p, target);
    else if (p.is('(')) {
      const args = parseArguments(p);
      target = { kind: 'CallExpression', callee: target, typeArgs: [], args, span: p.spanFrom(target.span) };
    } else if (p.is('<') && isCallable(target)) {
      const typeArgs = p.attempt('typeArguments', () => {
        const types = parseRealTypeArguments(p);
        return types !== undefined && p.is('(') ? types : undefined;
      });
      if (typeArgs === undefined) return target;
      const args = parseArguments(p);
      target = { kind: 'CallExpression', callee: target, typeArgs, args, span: p.spanFrom(target.span) };
    } else return target;
  }
}

function isCallable(expression: ast.Expression): boolean {
  return expression.kind === 'PathExpression' || expression.kind === 'MemberExpression';
}

function parseBrackets(p: Cursor, target: ast.Expression): ast.Expression {
  p.next();
  const start = p.position;
  const first = parseExpression(p);
  if (p.accept(':')) {
    const lo = parseExpression(p);
    p.expect(']', 'after the slice');
    return { kind: 'SliceExpression', target, hi: first, lo, span: p.spanFrom(target.span) };
  }
  if (p.accept('+:')) {
    // `x[lo +: width]` is `x[lo + width - 1 : lo]`; `lo` is read twice, so that no node stands in two places.
    const width = parseExpression(p);
    const end = p.position;
    p.reset(start);
    const lo = parseExpression(p);
    p.reset(end);
    p.expect(']', 'after the slice');
    const { span } = width;
    const sum: ast.Expression = { kind: 'BinaryExpression', op: '+', left: first, right: width, span };
    const one: ast.Expression = { kind: 'NumberLiteral', value: 1n, base: 10, span };
    const hi: ast.Expression = { kind: 'BinaryExpression', op: '-', left: sum, right: one, span };
    return { kind: 'SliceExpression', target, hi, lo, span: p.spanFrom(target.span) };
  }
  p.expect(']', 'after the index');
  return { kind: 'IndexExpression', target, index: first, span: p.spanFrom(target.span) };
}

function parsePrimary(p: Cursor): ast.Expression {
  const { token } = p;
  const { span, text } = token;
  switch (token.kind) {
    case 'number':
      return parseNumber(p);
    case 'string':
      return parseString(p);
    case 'identifier':
      if (p.isTypeName(text) || (text === 'list' && p.is('<', 1))) return parseTypePrimary(p);
      p.next();
      return { kind: 'PathExpression', name: { text, span }, absolute: false, span };
    case 'keyword':
      return parseKeyword(p);
    case 'punctuation':
      break;
    default:
      return p.fail(`expected an expression, found ${p.found()}`);
  }
  if (text === '(') {
    p.next();
    const inner = parseExpression(p);
    p.expect(')', 'after the expression');
    return inner;
  }
  if (text === '{') return parseBraces(p);
  if (text === '{#}') {
    p.next();
    return { kind: 'InvalidExpression', span };
  }
  if (text === '...') {
    p.next();
    return { kind: 'DotsExpression', span };
  }
  if (text === '.') {
    if (startsType(p)) return parseTypePrimary(p);
    p.next();
    const name = p.name("a name after '.'");
    return { kind: 'PathExpression', name, absolute: true, span: joinSpans(span, name.span) };
  }
  return p.fail(`expected an expression, found ${p.found()}`);
}

function parseKeyword(p: Cursor): ast.Expression {
  const { span, text } = p.token;
  if (text === 'true' || text === 'false') {
    p.next();
    return { kind: 'BooleanLiteral', value: text === 'true', span };
  }
  if (text === 'this') {
    p.next();
    return { kind: 'PathExpression', name: { text, span }, absolute: false, span };
  }
  if (startsType(p)) {
    const type = parseType(p);
    if (!p.is('.')) p.fail(`expected an expression, found the type '${text}'`, span);
    return { kind: 'TypeNameExpression', type, span: type.span };
  }
  if (text === '_') return p.fail("'_' stands for a value only as a whole argument or in a keyset");
  return p.fail(`expected an expression, found ${p.found()}, which is a keyword`);
}

/** A type's name in an expression: `T(args)`, `T<U>(args)` or `T.member`. */
function parseTypePrimary(p: Cursor): ast.Expression {
  const { span } = p.token;
  // `list<T>` begins with a name that is no declared type; `x < y` with a type's name x is a mistake the checker names.
  const specialised = p.attempt('type', () => {
    const type = p.is('list') && p.is('<', 1) ? parseType(p) : parseNamedType(p);
    return p.is('(') || p.is('.') ? type : undefined;
  });
  if (specialised?.kind === 'NamedType' && p.is('(')) {
    const args = parseArguments(p);
    return { kind: 'ConstructorExpression', type: specialised, args, span: p.spanFrom(span) };
  }
  if (specialised !== undefined)
    return { kind: 'TypeNameExpression', type: specialised, span: specialised.span };
  const absolute = p.accept('.');
  const name = p.name('a type');
  const type: ast.NamedType = { kind: 'NamedType', name, absolute, typeArgs: [], span: p.spanFrom(span) };
  return { kind: 'TypeNameExpression', type, span: type.span };
}

/** `{ a, b }`, `{ f = a, g = b, ... }`, `{}`; a comma may trail. */
function parseBraces(p: Cursor): ast.Expression {
  const { span } = p.next();
  if (p.isName() && p.is('=', 1)) {
    const fields: { name: ast.Identifier; value: ast.Expression; span: ast.Node['span'] }[] = [];
    let hasDots = false;
    while (!p.is('}')) {
      if (p.accept('...')) hasDots = true;
      else {
        const name = p.name("a field's name");
        p.expect('=', `after the field '${name.text}'`);
        const value = parseExpression(p);
        fields.push({ name, value, span: joinSpans(name.span, value.span) });
      }
      if (hasDots || !p.accept(',')) break;
    }
    p.accept(',');
    p.expect('}', 'after the fields');
    return { kind: 'StructExpression', fields, hasDots, span: p.spanFrom(span) };
  }
  const elements: ast.Expression[] = [];
  while (!p.is('}')) {
    elements.push(parseExpression(p));
    if (!p.accept(',')) break;
  }
  p.expect('}', 'after the list');
  return { kind: 'ListExpression', elements, span: p.spanFrom(span) };
}

/** `(a, name = b, _)` */
export function parseArguments(p: Cursor): ast.Argument[] {
  const args: ast.Argument[] = [];
  p.expect('(', 'before the arguments');
  if (p.accept(')')) return args;
  do {
    const { span } = p.token;
    let name: ast.Identifier | undefined;
    if (p.isName() && p.is('=', 1)) {
      name = p.name("a parameter's name");
      p.next();
    }
    const value = p.accept('_') ? undefined : parseExpression(p);
    args.push({ name, value, span: p.spanFrom(span) });
  } while (p.accept(','));
  p.expect(')', 'after the arguments');
  return args;
}
