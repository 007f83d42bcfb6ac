import assert from 'node:assert/strict';
import { Templates } from './templates.js';

const view = { name: 'lab', features: { log: false }, groups: [{ title: 'a', lines: ['x'] }] };

function render(text: string, partials: Record<string, string> = {}): string {
  const files = Object.entries(partials).map(([name, body]) => [`partials/${name}.hbs`, body] as const);
  return new Templates(new Map([['main.p4.hbs', text], ...files])).render('main.p4.hbs', view);
}

describe('a template', () => {
  it('renders names, lists, conditions and partials, and escapes nothing', () => {
    const text =
      '{{name}} <&>\n{{#each groups}}\n{{title}}{{#each lines}} {{this}} {{../title}}{{/each}}\n{{/each}}\n{{> p}}\n';
    assert.equal(
      render(text, { p: '{{#unless features.log}}\nquiet\n{{/unless}}\n' }),
      'lab <&>\na x a\nquiet\n',
    );
  });

  const refused: [what: string, text: string, partials: Record<string, string>, message: string][] = [
    ['a block that is never closed', 'a\n{{#if name}}\n', {}, 'main.p4.hbs:3:1: not a template: Expecting '],
    [
      'a block that is closed by another',
      'a\n{{#if name}}{{/each}}',
      {},
      "main.p4.hbs:2:4: not a template: if doesn't match each",
    ],
    ['an expression that is cut short', '\n\n{{name', {}, 'main.p4.hbs:3:1: not a template: Expecting '],
    [
      'a mistake in a partial',
      '{{> p}}',
      { p: '\n{{/if}}' },
      'partials/p.hbs:2:1: not a template: Expecting ',
    ],
    [
      'an unknown name',
      'a\n  {{nam}}',
      {},
      'main.p4.hbs:2:5: found the name "nam", expected one of name, features, groups',
    ],
    [
      'an unknown name in a condition',
      '{{#if features.lgo}}x{{/if}}',
      {},
      'main.p4.hbs:1:7: found the name "features.lgo", expected log',
    ],
    [
      'an unknown name in a branch that is off',
      '{{#if features.log}}\n{{nam}}{{/if}}',
      {},
      'main.p4.hbs:2:3: found the name "nam"',
    ],
    [
      'an unknown name in a list',
      '{{#each groups}}{{titel}}{{/each}}',
      {},
      'main.p4.hbs:1:19: found the name "titel", expected one of title, lines',
    ],
    [
      'an unknown name in a partial',
      '{{> p}}',
      { p: 'x\ny {{nam}}' },
      'partials/p.hbs:2:5: found the name "nam"',
    ],
    ['an unknown partial', '\n{{> q}}', { p: '' }, 'main.p4.hbs:2:1: found the partial "q", expected p'],
    [
      'a partial inside itself',
      '{{> p}}',
      { p: '{{> p}}' },
      'partials/p.hbs:1:1: found the partial "p" inside itself',
    ],
    [
      'logic',
      '{{#with name}}x{{/with}}',
      {},
      'main.p4.hbs:1:1: found the block helper "with", expected one of if, unless, each',
    ],
    ['a helper', '{{name 3}}', {}, 'main.p4.hbs:1:1: found a helper, expected a plain name'],
    ['a literal', '{{{"x"}}}', {}, 'main.p4.hbs:1:4: found an expression that is no plain name'],
  ];
  for (const [what, text, partials, message] of refused) {
    it(`is refused with its file and line: ${what}`, () => {
      assert.throws(
        () => render(text, partials),
        (error: Error) => {
          assert.equal(error.name, 'TemplateError');
          assert.ok(error.message.startsWith(message), error.message);
          return true;
        },
      );
    });
  }

  it('is asked for by a name that exists', () => {
    assert.throws(() => new Templates(new Map([['a.p4.hbs', '']])).render('b.p4.hbs', {}), {
      code: 'TEMPLATE_NAME',
      message: 'b.p4.hbs:1:1: no such template, expected one of a.p4.hbs',
    });
  });
});
