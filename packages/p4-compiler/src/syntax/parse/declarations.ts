import type * as ast from '../ast.js';
import { joinSpans } from '../source.js';
import { parseAnnotations } from './annotations.js';
import { parseControl, parseParser } from './blocks.js';
import type { Cursor } from './cursor.js';
import { parseExpression } from './expressions.js';
import { parseAction, parseExtern, parseFunctionRest, parseParameters } from './functions.js';
import { parseType, parseTypeParameters } from './types.js';
import { parseConstant, parseInstanceRest } from './variables.js';

/** One declaration at the top level of a program. */
export function parseDeclaration(p: Cursor): ast.Declaration {
  const annotations = parseAnnotations(p);
  const { token } = p;
  const word = token.kind === 'keyword' ? token.text : '';
  switch (word) {
    case 'const':
      return parseConstant(p, annotations);
    case 'extern':
      return parseExtern(p, annotations);
    case 'action':
      return parseAction(p, annotations);
    case 'parser':
      return parseParser(p, annotations);
    case 'control':
      return parseControl(p, annotations);
    case 'package':
      return parsePackage(p, annotations);
    case 'header':
      return parseStructLike(p, annotations, 'HeaderDeclaration', 'header');
    case 'header_union':
      return parseStructLike(p, annotations, 'HeaderUnionDeclaration', 'header union');
    case 'struct':
      return parseStructLike(p, annotations, 'StructDeclaration', 'struct');
    case 'enum':
      return parseEnum(p, annotations);
    case 'typedef':
      return parseTypedef(p, annotations);
    case 'error':
      if (p.is('{', 1)) return parseMembers(p, annotations, 'ErrorDeclaration');
      break;
    case 'match_kind':
      if (p.is('{', 1)) return parseMembers(p, annotations, 'MatchKindDeclaration');
      break;
    case 'table':
    case 'transition':
    case 'if':
    case 'else':
    case 'for':
    case 'switch':
    case 'return':
    case 'abstract':
      p.fail(`expected a declaration, found '${word}', which cannot stand at the top level`);
  }
  if (p.is('type') && !(p.is('(', 1) || p.is('<', 1))) return parseTypedef(p, annotations);
  if (token.kind === 'punctuation' && !p.is('.')) {
    p.fail(`expected a declaration, found ${p.found()}`);
  }
  const start = annotations[0]?.span ?? token.span;
  const type = parseType(p);
  if (p.is('(') && type.kind === 'NamedType') return parseInstanceRest(p, annotations, type, start);
  if (p.isName() && (p.is('=', 1) || p.is(';', 1))) {
    p.fail(`a variable cannot stand at the top level; is 'const' missing before its type?`, type.span);
  }
  return parseFunctionRest(p, annotations, type, start);
}

function parsePackage(p: Cursor, annotations: readonly ast.Annotation[]): ast.PackageDeclaration {
  const { span } = p.next();
  const name = p.name("the package's name");
  p.declare(name, 'type');
  const head = p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    return { typeParams, params: parseParameters(p) };
  });
  p.expect(';', `after the package '${name.text}'`);
  return { kind: 'PackageDeclaration', annotations, name, ...head, span: p.spanFrom(span) };
}

function parseStructLike<K extends 'HeaderDeclaration' | 'HeaderUnionDeclaration' | 'StructDeclaration'>(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  kind: K,
  what: string,
): { kind: K } & Omit<ast.StructDeclaration, 'kind'> {
  const { span } = p.next();
  const name = p.name(`the ${what}'s name`);
  p.declare(name, 'type');
  const body = p.scoped(() => {
    const typeParams = parseTypeParameters(p);
    p.expect('{', `before the fields of ${what} '${name.text}'`);
    const fields: ast.StructField[] = [];
    while (!p.is('}') && !p.atEnd) {
      const field = p.recovering(
        () => parseField(p),
        () => p.skipStatement(),
      );
      if (field !== undefined) fields.push(field);
    }
    p.expect('}', `after the fields of ${what} '${name.text}'`);
    return { typeParams, fields };
  });
  return { kind, annotations, name, ...body, span: p.spanFrom(span) };
}

function parseField(p: Cursor): ast.StructField {
  const annotations = parseAnnotations(p);
  const { span } = p.token;
  let type = parseType(p);
  const name = p.name("the field's name");
  while (p.accept('[')) {
    const size = parseExpression(p);
    p.expect(']', 'after the size of the stack');
    type = { kind: 'HeaderStackType', element: type, size, span: type.span };
  }
  p.expect(';', `after the field '${name.text}'`);
  return { kind: 'StructField', annotations, type, name, span: p.spanFrom(span) };
}

/** `enum E { A, B }`, `enum bit<8> E { A = 1 }`; a comma may trail. */
function parseEnum(p: Cursor, annotations: readonly ast.Annotation[]): ast.EnumDeclaration {
  const { span } = p.next();
  const underlying = p.isName() && p.is('{', 1) ? undefined : parseType(p);
  const name = p.name("the enum's name");
  p.declare(name, 'type');
  p.expect('{', `before the members of enum '${name.text}'`);
  const members: ast.EnumDeclaration['members'][number][] = [];
  while (!p.is('}')) {
    const notes = parseAnnotations(p);
    const member = p.name("a member's name");
    const value = p.accept('=') ? parseExpression(p) : undefined;
    members.push({ name: member, value, annotations: notes, span: p.spanFrom(member.span) });
    if (!p.accept(',')) break;
  }
  p.expect('}', `after the members of enum '${name.text}'`);
  return { kind: 'EnumDeclaration', annotations, underlying, name, members, span: p.spanFrom(span) };
}

function parseMembers<K extends 'ErrorDeclaration' | 'MatchKindDeclaration'>(
  p: Cursor,
  annotations: readonly ast.Annotation[],
  kind: K,
): { kind: K } & Omit<ast.ErrorDeclaration, 'kind'> {
  const { span, text } = p.next();
  p.next();
  const members: ast.Identifier[] = [];
  while (!p.is('}')) {
    members.push(p.name(`a member of ${text}`));
    if (!p.accept(',')) break;
  }
  p.expect('}', `after the members of ${text}`);
  return { kind, annotations, members, span: p.spanFrom(span) };
}

function parseTypedef(
  p: Cursor,
  annotations: readonly ast.Annotation[],
): ast.TypedefDeclaration | ast.NewtypeDeclaration {
  const word = p.next();
  if (p.is('struct') || p.is('header') || p.is('header_union') || p.is('enum')) {
    p.unsupported(`declare the ${p.token.text} by itself; its declaration inside a typedef is not supported`);
  }
  const type = parseType(p);
  let aliased = type;
  const name = p.name('a name for the type');
  p.declare(name, 'type');
  while (p.accept('[')) {
    const size = parseExpression(p);
    p.expect(']', 'after the size of the stack');
    aliased = { kind: 'HeaderStackType', element: aliased, size, span: type.span };
  }
  p.expect(';', `after the type '${name.text}'`);
  const kind = word.text === 'type' ? 'NewtypeDeclaration' : 'TypedefDeclaration';
  return { kind, annotations, type: aliased, name, span: joinSpans(word.span, p.previous.span) };
}
