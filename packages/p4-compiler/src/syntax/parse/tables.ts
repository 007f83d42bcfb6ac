import type * as ast from '../ast.js';
import { joinSpans } from '../source.js';
import { parseAnnotations } from './annotations.js';
import type { Cursor } from './cursor.js';
import { parseArguments, parseExpression } from './expressions.js';
import { parseKeysets } from './keysets.js';
import { parseNumber } from './literals.js';

type Draft = { -readonly [K in keyof ast.TableDeclaration]: ast.TableDeclaration[K] };

/** `table t { key = {...} actions = {...} ... }` (P4_16 §14.2). */
export function parseTable(p: Cursor, annotations: readonly ast.Annotation[]): ast.TableDeclaration {
  const { span } = p.expect('table', 'before a table');
  const name = p.name("the table's name");
  p.declare(name, 'value');
  p.expect('{', `before the properties of table '${name.text}'`);
  const properties: ast.TableProperty[] = [];
  const table: Draft = { kind: 'TableDeclaration', annotations, name, actions: [], properties, span };
  const seen = new Set<string>();
  while (!p.is('}') && !p.atEnd) {
    p.recovering(
      () => parseProperty(p, table, properties, seen),
      () => p.skipStatement(),
    );
  }
  p.expect('}', `after the properties of table '${name.text}'`);
  table.span = p.spanFrom(span);
  return table;
}

function parseProperty(p: Cursor, table: Draft, properties: ast.TableProperty[], seen: Set<string>): void {
  const annotations = parseAnnotations(p);
  const start = annotations[0]?.span ?? p.token.span;
  const isConst = p.accept('const');
  const name = p.name(
    "a table's property: key, actions, default_action, entries, size or one of the architecture's",
  );
  if (seen.has(name.text)) {
    p.diagnostics.error('P4C205', `the table has the property '${name.text}' twice`, name.span);
  }
  seen.add(name.text);
  if (isConst && (name.text === 'key' || name.text === 'actions')) {
    p.diagnostics.error('P4C205', `'const' is not for '${name.text}', which never changes`, name.span);
  }
  p.expect('=', `after the property '${name.text}'`);
  switch (name.text) {
    case 'key':
      if (table.entries !== undefined) {
        p.diagnostics.error('P4C205', "'key' must come before 'entries'", name.span);
      }
      table.key = parseBraced(p, 'key', () => parseKey(p));
      p.accept(';');
      return;
    case 'actions':
      table.actions = parseBraced(p, 'actions', () => parseTableAction(p));
      p.accept(';');
      table.actionsSpan = p.spanFrom(start);
      return;
    case 'entries': {
      const list = parseBraced(p, 'entries', () => parseEntry(p));
      p.accept(';');
      table.entries = { isConst, list, span: p.spanFrom(start) };
      return;
    }
    case 'default_action': {
      const action = parseActionCall(p);
      p.expect(';', 'after the default action');
      table.defaultAction = { action, isConst, span: p.spanFrom(start) };
      return;
    }
    default: {
      const value = parseExpression(p);
      p.expect(';', `after the property '${name.text}'`);
      if (name.text === 'size') table.size = value;
      else {
        const span = p.spanFrom(start);
        properties.push({ kind: 'TableProperty', annotations, isConst, name, value, span });
      }
    }
  }
}

function parseBraced<T>(p: Cursor, what: string, parse: () => T): T[] {
  p.expect('{', `before the ${what} of the table`);
  const list: T[] = [];
  while (!p.is('}') && !p.atEnd) {
    const item = p.recovering(parse, () => p.skipStatement());
    if (item !== undefined) list.push(item);
  }
  p.expect('}', `after the ${what} of the table`);
  return list;
}

function parseKey(p: Cursor): ast.TableKey {
  const { span } = p.token;
  const expression = parseExpression(p);
  p.expect(':', 'and a match kind after the key');
  const matchKind = p.name('a match kind such as exact, lpm or ternary');
  const annotations = parseAnnotations(p);
  p.expect(';', 'after the key');
  return { kind: 'TableKey', annotations, expression, matchKind, span: p.spanFrom(span) };
}

function parseTableAction(p: Cursor): ast.TableAction {
  const annotations = parseAnnotations(p);
  const start = annotations[0]?.span ?? p.token.span;
  const action = parseActionCall(p);
  p.expect(';', `after the action '${action.path.name.text}'`);
  return { kind: 'TableAction', annotations, action, span: p.spanFrom(start) };
}

function parseActionCall(p: Cursor): ast.TableActionCall {
  const { span } = p.token;
  const absolute = p.accept('.');
  const name = p.name("an action's name");
  const path: ast.PathExpression = {
    kind: 'PathExpression',
    name,
    absolute,
    span: joinSpans(span, name.span),
  };
  const args = p.is('(') ? parseArguments(p) : [];
  return { kind: 'TableActionCall', path, args, span: p.spanFrom(span) };
}

/** `[const] [priority = N :] keyset : action(args) @annotations;` (P4_16 §14.2.1.4). */
function parseEntry(p: Cursor): ast.TableEntryNode {
  const { span } = p.token;
  const isConst = p.accept('const');
  let priority: ast.Expression | undefined;
  if (p.is('priority') && p.is('=', 1)) {
    p.next();
    p.next();
    if (p.token.kind === 'number') priority = parseNumber(p);
    else if (p.accept('(')) {
      priority = parseExpression(p);
      p.expect(')', 'after the priority');
    } else p.fail(`expected a priority: a number or an expression in parentheses, found ${p.found()}`);
    p.expect(':', 'after the priority');
  }
  const keysets = parseKeysets(p);
  p.expect(':', 'and an action after the keyset');
  const action = parseActionCall(p);
  const annotations = parseAnnotations(p);
  p.expect(';', 'after the entry');
  return { kind: 'TableEntry', annotations, isConst, priority, keysets, action, span: p.spanFrom(span) };
}
