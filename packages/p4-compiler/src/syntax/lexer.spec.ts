import assert from 'node:assert/strict';
import fc from 'fast-check';
import { numberValue, stringValue, tokenize } from './lexer.js';

function texts(text: string): string[] {
  return tokenize({ path: 't.p4', text })
    .slice(0, -1)
    .map((t) => `${t.kind}:${t.text}`);
}

describe('the lexer', () => {
  it('takes the longest operator, and leaves > single so that a<b<c>> closes twice', () => {
    assert.deepEqual(
      texts('a|+|=b&&&c...{#}d>>e').map((t) => t.split(':')[1]),
      ['a', '|+|=', 'b', '&&&', 'c', '...', '{#}', 'd', '>', '>', 'e'],
    );
  });

  it('tells keywords from names that only look like them', () => {
    assert.deepEqual(texts('table tables apply _ _x'), [
      'keyword:table',
      'identifier:tables',
      'identifier:apply',
      'keyword:_',
      'identifier:_x',
    ]);
  });

  it('skips comments and joins continued lines', () => {
    const tokens = tokenize({ path: 't.p4', text: 'a /* x\ny */ b \\\nc // d\ne' });
    assert.deepEqual(
      tokens.map((t) => `${t.text}${t.startsLine ? '^' : ''}`),
      ['a^', 'b', 'c', 'e^', '^'],
    );
  });

  it('says what is wrong with text that is no token, and goes on', () => {
    const bad = (text: string): string | undefined =>
      tokenize({ path: 't', text }).find((t) => t.kind === 'bad')?.problem;
    assert.equal(bad('x = $;'), 'the character "$" has no meaning in P4');
    assert.equal(bad('"open'), 'this string is never closed: expected "');
    assert.equal(bad('/* open'), 'this comment is never closed: expected */');
    assert.match(bad('12abc')!, /'12abc' is neither a number nor a name/);
  });

  it('reads widths, signs, radixes and underscores of numbers', () => {
    assert.deepEqual(numberValue('8w0xFF'), { value: 255n, width: 8, signed: false, base: 16 });
    assert.deepEqual(numberValue('4s0b0111'), { value: 7n, width: 4, signed: true, base: 2 });
    assert.deepEqual(numberValue('1_000'), { value: 1000n, base: 10 });
    assert.deepEqual(numberValue('0o17'), { value: 15n, base: 8 });
    assert.equal(numberValue('0x_'), undefined);
  });

  it('gives back any number it is written', () => {
    const radix = fc.constantFrom([16, '0x'], [8, '0o'], [2, '0b'], [10, '']) as fc.Arbitrary<
      [number, string]
    >;
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 130n }), radix, (value, [base, prefix]) => {
        assert.equal(numberValue(prefix + value.toString(base))?.value, value);
      }),
    );
  });

  it('replaces escapes in strings', () => {
    assert.equal(stringValue('"a\\"b\\\\c\\n"'), 'a"b\\c\n');
  });

  it('covers the whole text with its tokens, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        let end = 0;
        for (const { span, text: written } of tokenize({ path: 't', text })) {
          assert.ok(span.start >= end && span.end >= span.start && span.end <= text.length);
          assert.equal(text.slice(span.start, span.end), written);
          end = span.end;
        }
        assert.equal(end, text.length);
      }),
    );
  });
});
