import type * as ast from '../ast.js';
import { parseAnnotations } from './annotations.js';
import type { Cursor } from './cursor.js';
import { parseExpression } from './expressions.js';
import { parseType } from './types.js';
import { parseConstant, parseVariableOrInstance, startsDeclaration } from './variables.js';

const assignmentOperators: ReadonlyMap<string, ast.BinaryOperator> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['|+|=', '|+|'],
  ['|-|=', '|-|'],
  ['*=', '*'],
  ['/=', '/'],
  ['%=', '%'],
  ['<<=', '<<'],
  ['&=', '&'],
  ['|=', '|'],
  ['^=', '^'],
]);

/** `{ ... }`; goes on after a mistake at the next statement. */
export function parseBlock(p: Cursor, annotations: readonly ast.Annotation[] = []): ast.BlockStatement {
  const { span } = p.expect('{', 'before the statements');
  const statements = p.scoped(() => parseStatements(p));
  p.expect('}', 'after the statements');
  return { kind: 'BlockStatement', annotations, statements, span: p.spanFrom(span) };
}

/** Statements up to a `}` or the end of the file. */
export function parseStatements(p: Cursor): ast.Statement[] {
  const statements: ast.Statement[] = [];
  while (!p.is('}') && !p.atEnd && !p.is('transition')) {
    const statement = p.recovering(
      () => parseStatement(p),
      () => p.skipStatement(),
    );
    if (statement !== undefined) statements.push(statement);
  }
  return statements;
}

export function parseStatement(p: Cursor): ast.Statement {
  return p.nested(() => {
    const annotations = parseAnnotations(p);
    const { span } = p.token;
    if (p.is('{')) return parseBlock(p, annotations);
    if (p.is('const')) {
      const declaration = parseConstant(p, annotations);
      return { kind: 'DeclarationStatement', declaration, span: declaration.span };
    }
    if (p.is('for')) return parseFor(p);
    if (p.is('if')) return parseIf(p);
    if (p.is('switch')) return parseSwitch(p);
    if (annotations.length > 0 || startsDeclaration(p)) {
      const declaration = parseVariableOrInstance(p, annotations);
      return { kind: 'DeclarationStatement', declaration, span: declaration.span };
    }
    if (p.accept(';')) return { kind: 'EmptyStatement', span };
    return parseSimple(p);
  });
}

function parseSimple(p: Cursor): ast.Statement {
  const { span, text } = p.token;
  if (p.accept('return')) {
    const value = p.is(';') ? undefined : parseExpression(p);
    p.expect(';', "after 'return'");
    return { kind: 'ReturnStatement', value, span: p.spanFrom(span) };
  }
  const jump = { exit: 'ExitStatement', break: 'BreakStatement', continue: 'ContinueStatement' } as const;
  if (p.token.kind === 'keyword' && (text === 'exit' || text === 'break' || text === 'continue')) {
    p.next();
    p.expect(';', `after '${text}'`);
    return { kind: jump[text], span };
  }
  const statement = parseAssignmentOrCall(p);
  p.expect(';', statement.kind === 'CallStatement' ? 'after the call' : 'after the assignment');
  return { ...statement, span: p.spanFrom(span) };
}

/** Without its `;`, as it also stands in the head of a `for`. */
function parseAssignmentOrCall(p: Cursor): ast.AssignmentStatement | ast.CallStatement {
  const { span } = p.token;
  const left = parseExpression(p);
  if (p.accept('=')) {
    const right = parseExpression(p);
    return { kind: 'AssignmentStatement', left, right, span: p.spanFrom(span) };
  }
  if (p.is('>') && p.is('>=', 1) && !p.peek(1).spaceBefore) {
    p.next();
    p.next();
    return { kind: 'AssignmentStatement', left, right: parseExpression(p), op: '>>', span: p.spanFrom(span) };
  }
  const op = p.token.kind === 'punctuation' ? assignmentOperators.get(p.token.text) : undefined;
  if (op !== undefined) {
    p.next();
    return { kind: 'AssignmentStatement', left, right: parseExpression(p), op, span: p.spanFrom(span) };
  }
  if (left.kind === 'CallExpression') return { kind: 'CallStatement', call: left, span: left.span };
  if (p.isName() && left.kind === 'PathExpression') {
    p.fail(
      `expected '=' or '(' after '${left.name.text}', found ${p.found()}; is '${left.name.text}' a type that is not declared?`,
    );
  }
  return p.fail(`expected '=' or '(' to make a statement of this expression, found ${p.found()}`);
}

function parseIf(p: Cursor): ast.IfStatement {
  const { span } = p.next();
  p.expect('(', "after 'if'");
  const condition = parseExpression(p);
  p.expect(')', 'after the condition');
  const then = p.scoped(() => parseStatement(p));
  if (!p.accept('else')) return { kind: 'IfStatement', condition, then, span: p.spanFrom(span) };
  const otherwise = p.scoped(() => parseStatement(p));
  return { kind: 'IfStatement', condition, then, else: otherwise, span: p.spanFrom(span) };
}

function parseSwitch(p: Cursor): ast.SwitchStatement {
  const { span } = p.next();
  p.expect('(', "after 'switch'");
  const selector = parseExpression(p);
  p.expect(')', 'after what is switched on');
  p.expect('{', 'before the cases');
  const cases: ast.SwitchCase[] = [];
  while (!p.is('}') && !p.atEnd) {
    const start = p.token.span;
    const label: ast.Expression = p.accept('default')
      ? { kind: 'DefaultExpression', span: start }
      : parseExpression(p);
    p.expect(':', "after the case's label");
    const body = p.is('{') ? parseBlock(p) : undefined;
    cases.push({ label, body, span: p.spanFrom(start) });
  }
  p.expect('}', 'after the cases');
  return { kind: 'SwitchStatement', selector, cases, span: p.spanFrom(span) };
}

/** `for (init; condition; update) body` and `for (T x in collection) body` (P4_16 §12.8). */
function parseFor(p: Cursor): ast.Statement {
  const { span } = p.next();
  p.expect('(', "after 'for'");
  return p.scoped(() => {
    const forIn = p.attempt('forIn', () => {
      const annotations = parseAnnotations(p);
      const start = p.token.span;
      const type = parseType(p);
      const name = p.name('a variable');
      if (!p.accept('in')) return undefined;
      const variable: ast.VariableDeclaration = {
        kind: 'VariableDeclaration',
        annotations,
        type,
        name,
        span: p.spanFrom(start),
      };
      return variable;
    });
    if (forIn !== undefined) {
      const collection = parseCollection(p);
      p.declare(forIn.name, 'value');
      p.expect(')', 'after what is iterated over');
      const body = parseStatement(p);
      return { kind: 'ForInStatement', variable: forIn, collection, body, span: p.spanFrom(span) };
    }
    const init = parseForList(p, ';');
    p.expect(';', 'after the start of the loop');
    const condition = parseExpression(p);
    p.expect(';', 'after the condition of the loop');
    const update = parseForList(p, ')');
    p.expect(')', 'after the head of the loop');
    const body = parseStatement(p);
    return { kind: 'ForStatement', init, condition, update, body, span: p.spanFrom(span) };
  });
}

function parseCollection(p: Cursor): ast.Expression {
  const lo = parseExpression(p);
  if (!p.accept('..')) return lo;
  const hi = parseExpression(p);
  return { kind: 'RangeExpression', lo, hi, span: p.spanFrom(lo.span) };
}

function parseForList(p: Cursor, end: string): ast.Statement[] {
  const list: ast.Statement[] = [];
  if (p.is(end)) return list;
  do {
    const annotations = parseAnnotations(p);
    if (startsDeclaration(p)) {
      const declaration = parseVariableOrInstance(p, annotations, false);
      list.push({ kind: 'DeclarationStatement', declaration, span: declaration.span });
    } else list.push(parseAssignmentOrCall(p));
  } while (p.accept(','));
  return list;
}
