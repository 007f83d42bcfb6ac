import type { Diagnostics } from '../../diagnostics.js';
import type * as ast from '../ast.js';
import type { Preprocessed } from '../preprocess/index.js';
import { Cursor } from './cursor.js';
import { parseDeclaration } from './declarations.js';

/**
 * Parses a preprocessed program (P4_16 1.2.5, appendix H). After a syntax error it goes on at the next statement,
 * property, field or declaration, so that the tree holds what could be read; `diagnostics` says what could not.
 */
export function parseProgram(source: Preprocessed, diagnostics: Diagnostics): ast.Program {
  const p = new Cursor(source.tokens, diagnostics);
  const declarations: ast.Declaration[] = [];
  while (!p.atEnd) {
    if (p.accept(';')) continue;
    const declaration = p.recovering(
      () => parseDeclaration(p),
      () => {
        p.skipStatement();
        if (p.is('}')) p.next();
      },
    );
    if (declaration !== undefined) declarations.push(declaration);
  }
  return { files: source.files, declarations };
}
