import type { Span } from './source.js';

export type TokenKind = 'identifier' | 'keyword' | 'number' | 'string' | 'punctuation' | 'bad' | 'eof';

export interface Token {
  readonly kind: TokenKind;
  /** As written; after macro expansion not what stands at `span`, which is then the macro's use. */
  readonly text: string;
  readonly span: Span;
  /** First on its logical line: a directive may begin here, and a `@pragma` ends before here. */
  readonly startsLine: boolean;
  /** White space or a comment stands before it. */
  readonly spaceBefore: boolean;
  /** For `bad` tokens: what is wrong, in plain words. */
  readonly problem?: string;
}

/** Words that never name anything (P4_16 §6.4.3, appendix A). */
export const keywords: ReadonlySet<string> = new Set(
  (
    '_ abstract action bit bool break const continue control default else enum error exit extern false for ' +
    'header header_union if in inout int match_kind out package parser return select string struct switch ' +
    'table this transition true tuple typedef value_set varbit void'
  ).split(' '),
);

/** Longest first. `>>` is not among them: `a<b<c>>` closes two lists, so the parser joins two adjacent `>`. */
export const punctuation: readonly string[] = [
  '|+|=',
  '|-|=',
  '&&&',
  '|+|',
  '|-|',
  '...',
  '<<=',
  '{#}',
  '==',
  '!=',
  '<=',
  '>=',
  '<<',
  '&&',
  '||',
  '++',
  '..',
  '##',
  '+:',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '!',
  '~',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '?',
  ':',
  ',',
  '.',
  '=',
  ';',
  '@',
  '#',
]; // prettier-ignore
