import type * as ast from '../ast.js';
import { parseAnnotations } from './annotations.js';
import type { Cursor } from './cursor.js';
import { parseExpression } from './expressions.js';
import { parseBlock } from './statements.js';
import { parseType, parseTypeParameters } from './types.js';

/** `(in bit<8> a, out T b = 1)`; declares the names in the scope that is open. */
export function parseParameters(p: Cursor): ast.Parameter[] {
  const params: ast.Parameter[] = [];
  p.expect('(', 'before the parameters');
  if (p.accept(')')) return params;
  do {
    const annotations = parseAnnotations(p);
    const { span, text } = p.token;
    const direction =
      p.token.kind === 'keyword' && (text === 'in' || text === 'out' || text === 'inout') ? text : '';
    if (direction !== '') p.next();
    const type = parseType(p);
    const name = p.name("the parameter's name");
    p.declare(name, 'value');
    const value = p.accept('=') ? parseExpression(p) : undefined;
    params.push({
      kind: 'Parameter',
      annotations,
      direction,
      type,
      name,
      default: value,
      span: p.spanFrom(span),
    });
  } while (p.accept(','));
  p.expect(')', 'after the parameters');
  return params;
}

/** A function after its return type. */
export function parseFunctionRest(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  returnType: ast.TypeNode,
  start: ast.Node['span'],
): ast.FunctionDeclaration {
  const name = p.name("the function's name");
  p.declare(name, 'value');
  return p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    const params = parseParameters(p);
    const body = parseBlock(p);
    const span = p.spanFrom(start);
    return { kind: 'FunctionDeclaration', annotations, returnType, name, typeParams, params, body, span };
  });
}

export function parseAction(p: Cursor, annotations: readonly ast.Annotation[]): ast.ActionDeclaration {
  const { span } = p.expect('action', 'before an action');
  const name = p.name("the action's name");
  p.declare(name, 'value');
  return p.scoped(() => {
    const params = parseParameters(p);
    const body = parseBlock(p);
    return { kind: 'ActionDeclaration', annotations, name, params, body, span: p.spanFrom(span) };
  });
}

/** `extern f(...)` and `extern E { ... }`. */
export function parseExtern(
  p: Cursor,
  annotations: readonly ast.Annotation[],
): ast.ExternObjectDeclaration | ast.ExternFunctionDeclaration {
  const { span } = p.next();
  if (p.isName() && (p.is('{', 1) || (p.is('<', 1) && !isFunctionPrototype(p)))) {
    return parseExternObject(p, annotations, span);
  }
  const returnType = parseType(p);
  const name = p.name("the function's name");
  p.declare(name, 'value');
  const signature = p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    return { typeParams, params: parseParameters(p) };
  });
  p.expect(';', `after the extern function '${name.text}'`);
  const { typeParams, params } = signature;
  const end = p.spanFrom(span);
  return { kind: 'ExternFunctionDeclaration', annotations, name, returnType, typeParams, params, span: end };
}

/** After `extern name <`: an object has `{` behind the `>`, a function that returns `name<...>` has its own name. */
function isFunctionPrototype(p: Cursor): boolean {
  for (let at = 1, depth = 0; p.peek(at).kind !== 'eof'; at++) {
    if (p.is('<', at)) depth++;
    if (p.is('>', at) && --depth === 0) return !p.is('{', at + 1);
    if (p.is(';', at) || p.is('{', at)) return false;
  }
  return false;
}

function parseExternObject(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  start: ast.Node['span'],
): ast.ExternObjectDeclaration {
  const name = p.name("the extern's name");
  p.declare(name, 'type');
  return p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    p.expect('{', 'before the methods');
    const methods: ast.ExternMethod[] = [];
    while (!p.is('}') && !p.atEnd) {
      const method = p.recovering(
        () => parseMethod(p, name.text),
        () => p.skipStatement(),
      );
      if (method !== undefined) methods.push(method);
    }
    p.expect('}', 'after the methods');
    const span = p.spanFrom(start);
    return { kind: 'ExternObjectDeclaration', annotations, name, typeParams, methods, span };
  });
}

function parseMethod(p: Cursor, extern: string): ast.ExternMethod {
  const annotations = parseAnnotations(p);
  const { span } = p.token;
  const isAbstract = p.accept('abstract');
  return p.scoped(() => {
    const isConstructor = p.isName() && p.is('(', 1);
    let returnType: ast.TypeNode | undefined;
    if (isConstructor && p.token.text !== extern) {
      p.fail(
        `a constructor has the name of its extern: expected '${extern}' or a return type, found ${p.found()}`,
      );
    }
    if (!isConstructor) returnType = parseType(p);
    const name = p.name("the method's name");
    const typeParams = parseTypeParameters(p);
    const params = parseParameters(p);
    p.expect(';', `after the method '${name.text}'`);
    returnType ??= { kind: 'BaseType', base: 'void', span: name.span };
    const end = p.spanFrom(span);
    return {
      kind: 'ExternMethod',
      annotations,
      name,
      returnType,
      typeParams,
      params,
      isAbstract,
      isConstructor,
      span: end,
    };
  });
}
