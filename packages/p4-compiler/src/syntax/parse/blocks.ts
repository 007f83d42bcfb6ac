import type * as ast from '../ast.js';
import { parseAnnotations } from './annotations.js';
import type { Cursor } from './cursor.js';
import { parseExpression } from './expressions.js';
import { parseAction, parseParameters } from './functions.js';
import { parseKeysets } from './keysets.js';
import { parseBlock, parseStatements } from './statements.js';
import { parseTable } from './tables.js';
import { parseType, parseTypeParameters } from './types.js';
import { parseConstant, parseVariableOrInstance } from './variables.js';

/** `parser P<T>(...);` or `parser P(...)(...) { ... }` (P4_16 §13). */
export function parseParser(
  p: Cursor,
  annotations: readonly ast.Annotation[],
): ast.ParserTypeDeclaration | ast.ParserDeclaration {
  const { span } = p.next();
  const name = p.name("the parser's name");
  p.declare(name, 'type');
  return p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    const params = parseParameters(p);
    if (p.accept(';')) {
      return { kind: 'ParserTypeDeclaration', annotations, name, typeParams, params, span: p.spanFrom(span) };
    }
    const constructorParams = p.is('(') ? parseParameters(p) : [];
    p.expect('{', `before the states of parser '${name.text}'`);
    const locals: ast.ParserDeclaration['locals'][number][] = [];
    const states: ast.ParserState[] = [];
    while (!p.is('}') && !p.atEnd) {
      p.recovering(
        () => {
          const notes = parseAnnotations(p);
          if (p.is('state')) states.push(parseState(p, notes));
          else if (p.is('const')) locals.push(parseConstant(p, notes));
          else if (p.is('value_set')) locals.push(parseValueSet(p, notes));
          else locals.push(parseVariableOrInstance(p, notes));
        },
        () => p.skipStatement(),
      );
    }
    p.expect('}', `after the states of parser '${name.text}'`);
    return {
      kind: 'ParserDeclaration',
      annotations,
      name,
      typeParams,
      params,
      constructorParams,
      locals,
      states,
      span: p.spanFrom(span),
    };
  });
}

function parseState(p: Cursor, annotations: readonly ast.Annotation[]): ast.ParserState {
  const { span } = p.next();
  const name = p.name("the state's name");
  p.expect('{', `before the body of state '${name.text}'`);
  const body = p.scoped(() => {
    const statements = parseStatements(p);
    const transition = p.is('transition') ? parseTransition(p) : undefined;
    return { statements, transition };
  });
  p.expect('}', `after the body of state '${name.text}'`);
  return { kind: 'ParserState', annotations, name, ...body, span: p.spanFrom(span) };
}

function parseTransition(p: Cursor): ast.Transition {
  const { span } = p.next();
  if (!p.is('select')) {
    const target = p.name('a state, accept, reject or select');
    p.expect(';', 'after the transition');
    return { kind: 'DirectTransition', target, span: p.spanFrom(span) };
  }
  p.next();
  p.expect('(', "after 'select'");
  const keys: ast.Expression[] = [];
  while (!p.is(')')) {
    keys.push(parseExpression(p));
    if (!p.accept(',')) break;
  }
  p.expect(')', 'after what is selected on');
  p.expect('{', 'before the cases of select');
  const cases: ast.SelectCase[] = [];
  while (!p.is('}') && !p.atEnd) {
    const start = p.token.span;
    const keysets = parseKeysets(p);
    p.expect(':', 'and a state after the keyset');
    const target = p.name('a state, accept or reject');
    p.expect(';', 'after the case of select');
    cases.push({ kind: 'SelectCase', keysets, target, span: p.spanFrom(start) });
  }
  p.expect('}', 'after the cases of select');
  p.accept(';');
  return { kind: 'SelectTransition', keys, cases, span: p.spanFrom(span) };
}

/** `value_set<T>(size) name;` */
function parseValueSet(p: Cursor, annotations: readonly ast.Annotation[]): ast.ValueSetDeclaration {
  const { span } = p.next();
  p.expect('<', "after 'value_set'");
  const type = parseType(p);
  p.expect('>', "after the type of the value set's members");
  p.expect('(', "before the value set's size");
  const size = parseExpression(p);
  p.expect(')', "after the value set's size");
  const name = p.name("the value set's name");
  p.declare(name, 'value');
  p.expect(';', `after the value set '${name.text}'`);
  return { kind: 'ValueSetDeclaration', annotations, type, size, name, span: p.spanFrom(span) };
}

/** `control C<T>(...);` or `control C(...)(...) { ... apply { ... } }` (P4_16 §14). */
export function parseControl(
  p: Cursor,
  annotations: readonly ast.Annotation[],
): ast.ControlTypeDeclaration | ast.ControlDeclaration {
  const { span } = p.next();
  const name = p.name("the control's name");
  p.declare(name, 'type');
  return p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    const params = parseParameters(p);
    if (p.accept(';')) {
      return {
        kind: 'ControlTypeDeclaration',
        annotations,
        name,
        typeParams,
        params,
        span: p.spanFrom(span),
      };
    }
    const constructorParams = p.is('(') ? parseParameters(p) : [];
    p.expect('{', `before the body of control '${name.text}'`);
    const locals: ast.ControlDeclaration['locals'][number][] = [];
    while (!p.is('}') && !p.atEnd && !(p.is('apply') && (p.is('{', 1) || p.is('@', 1)))) {
      p.recovering(
        () => {
          const notes = parseAnnotations(p);
          if (p.is('action')) locals.push(parseAction(p, notes));
          else if (p.is('table')) locals.push(parseTable(p, notes));
          else if (p.is('const')) locals.push(parseConstant(p, notes));
          else locals.push(parseVariableOrInstance(p, notes));
        },
        () => p.skipStatement(),
      );
    }
    if (!p.accept('apply')) p.fail(`expected 'apply { ... }' in control '${name.text}', found ${p.found()}`);
    const body = parseBlock(p, parseAnnotations(p));
    p.expect('}', `after 'apply { ... }', which ends control '${name.text}'`);
    return {
      kind: 'ControlDeclaration',
      annotations,
      name,
      typeParams,
      params,
      constructorParams,
      locals,
      body,
      span: p.spanFrom(span),
    };
  });
}
