import assert from 'node:assert/strict';
import { preprocessText } from '../../front-end.helper.spec.js';
import { positionOf } from '../source.js';

function expand(text: string, defines: Record<string, string> = {}): string {
  const { source, messages } = preprocessText(text, defines);
  assert.deepEqual(messages, []);
  return source.tokens
    .slice(0, -1)
    .map((t) => t.text)
    .join(' ');
}

describe('the preprocessor', () => {
  it('replaces object-like macros, also those that come with the command', () => {
    assert.equal(expand('#define A B\n#define B 3\nA C D', { C: '7', D: '' }), '3 7 1');
  });

  it('replaces function-like macros, their arguments expanded first', () => {
    assert.equal(
      expand('#define TWO 2\n#define ADD(a, b) (a + b)\nADD(TWO, ADD(f(1, 2), x))'),
      '( 2 + ( f ( 1 , 2 ) + x ) )',
    );
    assert.equal(expand('#define F() 1\nF() F'), '1 F');
  });

  it('makes strings with # and pastes with ##', () => {
    assert.equal(
      expand('#define S(x) #x\n#define P(a, b) a##b\nS(a + "b") P(hdr_, 1)'),
      '"a + \\"b\\"" hdr_1',
    );
  });

  it('does not expand a macro in itself', () => {
    assert.equal(expand('#define A A + B\n#define B A\nA'), 'A + A');
  });

  it('forgets what #undef names', () => {
    assert.equal(expand('#define A 1\n#undef A\nA'), 'A');
  });

  it('chooses one branch of #if, #elif, #else', () => {
    const text = '#if V == 1\none\n#elif V >= 2 && defined(W)\ntwo\n#else\nother\n#endif';
    assert.equal(expand(text, { V: '1' }), 'one');
    assert.equal(expand(text, { V: '2', W: '' }), 'two');
    assert.equal(expand(text, { V: '2' }), 'other');
    assert.equal(expand('#ifndef X\n#define X\nx\n#endif\n#ifdef X\ny\n#endif'), 'x y');
  });

  it('takes no notice of what a skipped branch holds', () => {
    assert.equal(expand("#if 0\ndon't $ #error no\n#error no\n#if 1\n#endif\n#endif\nx"), 'x');
  });

  it('evaluates conditions with the precedence of C', () => {
    assert.equal(expand('#if 1 + 2 * 3 == 7 && !(4 >> 1 != 2) && (1 ? 2 : 0) && -1 < 0\nyes\n#endif'), 'yes');
  });

  it('includes files beside the including one, then from the package', () => {
    const { source, messages } = preprocessText({
      'dir/main.p4': '#include "a.p4"\n#include <core.p4>\nend',
      'dir/a.p4': 'from_a',
    });
    assert.deepEqual(messages, []);
    assert.equal(source.tokens[0]!.text, 'from_a');
    assert.ok(source.tokens.some((t) => t.text === 'packet_in'));
    assert.deepEqual(
      source.files.map((f) => f.path.split(/[\\/]/).at(-1)),
      ['main.p4', 'a.p4', 'core.p4'],
    );
  });

  it('reads a file with #pragma once only once', () => {
    const { source } = preprocessText({
      'm.p4': '#include "a.p4"\n#include "a.p4"',
      'a.p4': '#pragma once\na',
    });
    assert.equal(source.tokens.length, 2);
  });

  it('gives __LINE__ and __FILE__, which #line changes', () => {
    assert.equal(expand('__LINE__\n#line 100 "other.p4"\n__LINE__ __FILE__'), '1 100 "other.p4"');
    const { source } = preprocessText('a\n#line 7 "gen.tpl"\n\n  b');
    const { path, line, column } = positionOf(source.tokens[1]!.span.file, source.tokens[1]!.span.start);
    assert.deepEqual([path, line, column], ['gen.tpl', 8, 3]);
  });

  it('points what a macro made at the use of the macro', () => {
    const { source } = preprocessText('#define PAIR(x) x x\n\n  PAIR(y);');
    const spots = source.tokens.slice(0, 2).map((t) => positionOf(t.span.file, t.span.start));
    assert.deepEqual(
      spots.map((s) => [s.line, s.column]),
      [
        [3, 3],
        [3, 3],
      ],
    );
  });

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['#include "no.p4"', /^1:1 P4C101 cannot find 'no.p4'; looked in /],
    ['#include', /^1:1 P4C102 expected #include "FILE" or #include <FILE>/],
    ['#frob', /^1:1 P4C102 unknown directive #frob: expected include, define/],
    ['#if 1', /^1:1 P4C103 this #if has no #endif/],
    ['#endif', /^1:1 P4C103 #endif without an #if before it/],
    ['#if 1\n#else\n#elif 1\n#endif', /^3:1 P4C103 #elif after the #else/],
    ['#if 1 +\n#endif', /P4C104 expected a value in the condition, found the end of the line/],
    ['#if 1 / 0\n#endif', /P4C104 division by zero/],
    ['#include "test.p4"', /P4C105 includes are nested more than 64 deep: does 'test.p4' include itself\?/],
    ['#error no such target', /^1:1 P4C106 #error no such target/],
    ['#define A 1\n#define A 2', /^2:1 P4C107 macro 'A' is already defined with another meaning/],
    ['#define F(a) a\nF(1, 2)', /^2:1 P4C109 macro 'F' takes 1 argument, found 2/],
    ['#define F(a) a\nF(1', /^2:1 P4C109 the arguments of macro 'F' are not closed/],
  ];
  for (const [text, expected] of mistakes) {
    it(`explains ${JSON.stringify(text)}`, () => {
      assert.match(preprocessText(text).messages[0] ?? '', expected);
    });
  }

  it('says that the program itself is missing', () => {
    assert.match(preprocessText({ 'a.p4': '' }, {}).messages.join(), /^$/);
    assert.match(preprocessText({}).messages[0]!, /^P4C101 cannot read the program/);
  });

  it('stops macros that double at every level', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `#define A${i + 1} A${i} A${i}`).join('\n');
    const { messages } = preprocessText(`#define A0 x\n${levels}\nA40`);
    assert.match(messages[0]!, /P4C108 the macros grow to more than 250000 tokens/);
  });
});
