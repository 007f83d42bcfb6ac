import assert from 'node:assert/strict';
import { checkText } from './front-end.helper.spec.js';
import { renderDiagnostic, renderDiagnostics } from './render-diagnostics.js';

describe('a rendered diagnostic', () => {
  it('shows the place, the line and what is meant', () => {
    const { diagnostics } = checkText({ 'net/router.p4': '\n\tconst bit<8> x = fob;\n' });
    assert.equal(
      renderDiagnostic(diagnostics[0]!),
      "net/router.p4:2:19: error: unknown name 'fob' [P4C301]\n\tconst bit<8> x = fob;\n\t                 ^~~",
    );
  });

  it('adds its notes, and one line break for each diagnostic', () => {
    const { diagnostics } = checkText('const int a = 1;\nconst int a = 2;\n');
    assert.equal(
      renderDiagnostics(diagnostics),
      [
        "test.p4:2:11: error: 'a' is already declared in this scope [P4C303]",
        'const int a = 2;',
        '          ^',
        'test.p4:1:11: note: the first declaration is here',
        'const int a = 1;',
        '          ^',
        '',
      ].join('\n'),
    );
  });
});
