import assert from 'node:assert/strict';
import { parseText } from '../../front-end.helper.spec.js';
import type * as ast from '../ast.js';

/** An expression in full parentheses, so that a test shows how it was read. */
function show(e: ast.Expression): string {
  switch (e.kind) {
    case 'NumberLiteral':
      return String(e.value);
    case 'PathExpression':
      return (e.absolute ? '.' : '') + e.name.text;
    case 'TypeNameExpression':
      return `type ${e.type.kind === 'NamedType' ? e.type.name.text : e.type.kind}`;
    case 'MemberExpression':
      return `${show(e.target)}.${e.member.text}`;
    case 'IndexExpression':
      return `${show(e.target)}[${show(e.index)}]`;
    case 'SliceExpression':
      return `${show(e.target)}[${show(e.hi)}:${show(e.lo)}]`;
    case 'UnaryExpression':
      return `(${e.op}${show(e.operand)})`;
    case 'BinaryExpression':
      return `(${show(e.left)} ${e.op} ${show(e.right)})`;
    case 'ConditionalExpression':
      return `(${show(e.condition)} ? ${show(e.whenTrue)} : ${show(e.whenFalse)})`;
    case 'CastExpression':
      return `(cast ${show(e.operand)})`;
    case 'CallExpression':
      return `${show(e.callee)}${'<'.repeat(e.typeArgs.length)}(${e.args.map((a) => (a.value ? show(a.value) : '_')).join(', ')})`;
    case 'ConstructorExpression':
      return `new ${e.type.name.text}(${e.args.length})`;
    case 'ListExpression':
      return `{${e.elements.map(show).join(', ')}}`;
    default:
      return e.kind;
  }
}

function expression(text: string): string {
  const { program, messages } = parseText(`extern X<A> { X(); }\ntypedef bit<8> T;\nconst int r = ${text};`);
  assert.deepEqual(messages, []);
  return show((program.declarations[2] as ast.ConstantDeclaration).value);
}

describe('the parser', () => {
  const readings: readonly (readonly [string, string])[] = [
    ['a + b * c - d', '((a + (b * c)) - d)'],
    ['a & b == c', '((a & b) == c)'],
    ['a | b ^ c & d', '(a | (b ^ (c & d)))'],
    ['a << 1 + 2', '(a << (1 + 2))'],
    ['a >> b >> c', '((a >> b) >> c)'],
    ['a ++ b ++ c', '((a ++ b) ++ c)'],
    ['c ? x : y ? z : w', '(c ? x : (y ? z : w))'],
    ['-x[7:0] ++ ~y', '((-x[7:0]) ++ (~y))'],
    ['a < b > (c)', '((a < b) > c)'],
    ['a < T > (c)', 'a<(c)'],
    ['a < T >> (c)', '(a < (type T >> c))'],
    ['(T) a + b', '((cast a) + b)'],
    ['(a) + b', '(a + b)'],
    ['(bit<8>) (int<8>) a', '(cast (cast a))'],
    ['x[i +: 8]', 'x[((i + 8) - 1):i]'],
    ['h.a.isValid() && .g', '(h.a.isValid() && .g)'],
    ['X<T>()', 'new X(0)'],
    ['error.NoError', 'type BaseType.NoError'],
    ['{ 1, { 2, 3 }, }', '{1, {2, 3}}'],
    ['f(_, n = 1)', 'f(_, 1)'],
  ];
  for (const [text, expected] of readings) {
    it(`reads ${text} as ${expected}`, () => assert.equal(expression(text), expected));
  }

  it('lets a local name hide a type', () => {
    const { program, messages } = parseText(
      'typedef bit<8> T; control c(in bit<8> T, inout bool b) { apply { b = a < T > (1); } }',
    );
    assert.deepEqual(messages, []);
    const { body } = program.declarations[1] as ast.ControlDeclaration;
    assert.equal(show((body.statements[0] as ast.AssignmentStatement).right), '((a < T) > 1)');
  });

  it('takes keywords of tables as names elsewhere', () => {
    const { messages } = parseText(
      'struct s { bit<8> key; bit<8> actions; bit<8> type; bit<8> state; bit<8> priority; }',
    );
    assert.deepEqual(messages, []);
  });

  it('keeps annotations: arguments, structure and the text of what is neither', () => {
    const { program } = parseText(
      '@name("x") @a[k=1, j="b"] @list[1, 2] @free(it is = free) @pragma p q r\nconst int c = 1;',
    );
    const { annotations } = program.declarations[0] as ast.ConstantDeclaration;
    assert.deepEqual(
      annotations.map((a) => [
        a.name,
        a.args?.length,
        a.structured?.pairs?.length,
        a.structured?.list?.length,
        a.body,
      ]),
      [
        ['name', 1, undefined, undefined, '"x"'],
        ['a', undefined, 2, undefined, undefined],
        ['list', undefined, undefined, 2, undefined],
        ['free', undefined, undefined, undefined, 'it is = free'],
        ['p', undefined, undefined, undefined, 'q r'],
      ],
    );
  });

  it('reads every property of a table', () => {
    const { program, messages } = parseText(`control c() {
      table t {
        key = { a.b: exact @name("k"); c & 1: ternary; }
        actions = { x; @tableonly y(1); }
        const default_action = x();
        const entries = { (1, _): x(); const priority = 3: (2, 1 &&& 1): y(1, 2) @n; }
        size = 10; counters = k;
      }
      apply { t.apply(); }
    }`);
    assert.deepEqual(messages, []);
    const table = (program.declarations[0] as ast.ControlDeclaration).locals[0] as ast.TableDeclaration;
    assert.equal(table.key?.length, 2);
    assert.equal(table.actions[1]?.annotations[0]?.name, 'tableonly');
    assert.equal(table.defaultAction?.isConst, true);
    assert.deepEqual(
      table.entries?.list.map((e) => [e.isConst, e.keysets.map((k) => k.kind), e.action.args.length]),
      [
        [false, ['NumberLiteral', 'DefaultExpression'], 0],
        [true, ['NumberLiteral', 'MaskExpression'], 2],
      ],
    );
    assert.equal(table.properties[0]?.name.text, 'counters');
  });

  it('goes on after a mistake, so that one run shows them all', () => {
    const { messages, program } = parseText(`struct s { bit<8> a bit<8> b; bit<8> c; }
control c(inout bit<8> x) {
  action a() { x = ; x = 2; }
  apply { if x { } x = 1 }
}
const bit<8> after = 1;`);
    assert.deepEqual(messages, [
      "1:21 P4C202 expected ';' after the field 'a', found 'bit'",
      "3:20 P4C202 expected an expression, found ';'",
      "4:14 P4C202 expected '(' after 'if', found 'x'",
      "4:26 P4C202 expected ';' after the assignment, found '}'",
    ]);
    assert.equal((program.declarations.at(-1) as ast.ConstantDeclaration).name.text, 'after');
  });

  const mistakes: readonly (readonly [string, string])[] = [
    [
      'bit<8> x = 1;',
      "1:1 P4C202 a variable cannot stand at the top level; is 'const' missing before its type?",
    ],
    [
      'const bit<8> table = 1;',
      "1:14 P4C202 expected the constant's name, found 'table', which is a keyword",
    ],
    ['const bit<8> x = 300w1', "1:23 P4C202 expected ';' after the constant 'x', found the end of the file"],
    ['const bit<8> x = 4w16;', '1:18 P4C203 16 does not fit in 4 bits and becomes 0'],
    [
      'control c() { table t { key = {} key = {} } apply {} }',
      "1:34 P4C205 the table has the property 'key' twice",
    ],
    [
      'extern E { void f(); g(); }',
      "1:22 P4C202 a constructor has the name of its extern: expected 'E' or a return type, found 'g'",
    ],
    ['const string s = "abc', '1:18 P4C201 this string is never closed: expected "'],
    ['E() e[4];', '1:6 P4C901 arrays of instances are not supported yet; declare each instance by itself'],
  ];
  for (const [text, expected] of mistakes) {
    it(`explains ${text}`, () => assert.equal(parseText(text).messages[0], expected));
  }

  it('refuses nesting and chains that no stack could walk', () => {
    const deep = (open: string, close: string): string => `${open.repeat(50_000)}1${close.repeat(50_000)}`;
    for (const text of [deep('(', ')'), deep('-', ''), deep('1+', ''), deep('{', '}')]) {
      const { messages } = parseText(`const int x = ${text};`);
      assert.match(messages[0]!, /nested more than 300 deep|more than 1500 operators/);
    }
  });
});
