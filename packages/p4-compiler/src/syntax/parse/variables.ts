import type * as ast from '../ast.js';
import { parseAnnotations } from './annotations.js';
import type { Cursor } from './cursor.js';
import { parseArguments, parseExpression } from './expressions.js';
import { parseFunctionRest } from './functions.js';
import { parseType, startsType } from './types.js';

/**
 * At the start of a statement: a declaration of a variable or an instance follows, not a call or an assignment.
 * `T x`, `T<U> x`, `T[4] x`, `T(args) x`; also `Unknown x`, so that the checker can say what is unknown.
 */
export function startsDeclaration(p: Cursor): boolean {
  if (p.isName() && !p.isTypeName(p.token.text)) return p.isName(1);
  if (!startsType(p)) return false;
  const start = p.position;
  const found = p.attempt('declaration', () => {
    parseType(p);
    if (p.isName()) return true;
    // `T(args) name` makes an instance, `T(args).apply()` is a call.
    if (!p.is('(')) return false;
    skipParentheses(p);
    return p.isName();
  });
  p.reset(start);
  return found === true;
}

function skipParentheses(p: Cursor): void {
  for (let depth = 0; !p.atEnd; ) {
    if (p.is('(')) depth++;
    if (p.is(')')) depth--;
    p.next();
    if (depth === 0) return;
  }
}

/** `T x;`, `T x = e;`, `T x[4];` or `T(args) x;`, `T(args) x = { ... };`. */
export function parseVariableOrInstance(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  withSemicolon = true,
): ast.VariableDeclaration | ast.InstanceDeclaration {
  const start = annotations[0]?.span ?? p.token.span;
  let type = parseType(p);
  if (p.is('(')) {
    if (type.kind !== 'NamedType')
      p.fail('only an extern, parser, control or package can be instantiated', type.span);
    return parseInstanceRest(p, annotations, type, start);
  }
  const name = p.name("the variable's name");
  while (p.accept('[')) {
    const size = parseExpression(p);
    p.expect(']', 'after the size of the stack');
    type = { kind: 'HeaderStackType', element: type, size, span: type.span };
  }
  const init = p.accept('=') ? parseExpression(p) : undefined;
  if (withSemicolon) p.expect(';', `after the declaration of '${name.text}'`);
  p.declare(name, 'value');
  return { kind: 'VariableDeclaration', annotations, type, name, init, span: p.spanFrom(start) };
}

export function parseInstanceRest(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  type: ast.NamedType,
  start: ast.Node['span'],
): ast.InstanceDeclaration {
  const args = parseArguments(p);
  const name = p.name("the instance's name");
  if (p.is('[')) p.unsupported('arrays of instances are not supported yet; declare each instance by itself');
  const body = p.accept('=') ? parseObjectBody(p) : undefined;
  p.expect(';', `after the instance '${name.text}'`);
  p.declare(name, 'value');
  return { kind: 'InstanceDeclaration', annotations, type, args, name, body, span: p.spanFrom(start) };
}

/** `{ ... }` of an extern's instance: the functions that fill its abstract methods, and instances they use. */
function parseObjectBody(p: Cursor): (ast.FunctionDeclaration | ast.InstanceDeclaration)[] {
  p.expect('{', 'before the methods of the instance');
  const body: (ast.FunctionDeclaration | ast.InstanceDeclaration)[] = [];
  p.scoped(() => {
    while (!p.is('}') && !p.atEnd) {
      const annotations = parseAnnotations(p);
      const start = annotations[0]?.span ?? p.token.span;
      const type = parseType(p);
      if (p.is('(') && type.kind === 'NamedType') body.push(parseInstanceRest(p, annotations, type, start));
      else body.push(parseFunctionRest(p, annotations, type, start));
    }
  });
  p.expect('}', 'after the methods of the instance');
  return body;
}

export function parseConstant(p: Cursor, annotations: readonly ast.Annotation[]): ast.ConstantDeclaration {
  const { span } = p.expect('const', 'before a constant');
  const type = parseType(p);
  const name = p.name("the constant's name");
  p.expect('=', `and a value after the constant '${name.text}'`);
  const value = parseExpression(p);
  p.expect(';', `after the constant '${name.text}'`);
  p.declare(name, 'value');
  return { kind: 'ConstantDeclaration', annotations, type, name, value, span: p.spanFrom(span) };
}
