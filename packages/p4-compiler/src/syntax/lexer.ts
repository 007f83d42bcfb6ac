import type { SourceFile } from './source.js';
import { keywords, punctuation, type Token, type TokenKind } from './tokens.js';

const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
// P4_16 §6.4.3.2: optional width with `w` (unsigned) or `s` (signed), optional radix prefix, `_` between digits.
const number = /(?:[0-9]+[ws])?(?:0[xX][0-9a-fA-F_]+|0[dD][0-9_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*)/y;
const wordTail = /[A-Za-z0-9_]+/y;
const string = /"(?:[^"\\]|\\[\s\S])*"/y;

const punctuationByFirst = new Map<string, string[]>();
for (const text of punctuation) {
  const list = punctuationByFirst.get(text[0]!) ?? [];
  list.push(text);
  punctuationByFirst.set(text[0]!, list);
}

/**
 * Splits a file into tokens, the last of kind `eof`. Total: what is no token becomes a `bad` token that says why, and
 * is reported only if it survives the preprocessor (text under `#if 0` may be anything).
 */
export function tokenize(file: SourceFile): Token[] {
  const { text } = file;
  const tokens: Token[] = [];
  let at = 0;
  let startsLine = true;
  let spaceBefore = false;

  const push = (kind: TokenKind, end: number, problem?: string): void => {
    const span = { file, start: at, end };
    tokens.push({ kind, text: text.slice(at, end), span, startsLine, spaceBefore, problem });
    at = end;
    startsLine = false;
    spaceBefore = false;
  };
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : -1;
  };

  while (at < text.length) {
    const char = text[at]!;
    if (char === '\n') {
      startsLine = true;
      at++;
    } else if (
      char === ' ' ||
      char === '\t' ||
      char === '\r' ||
      char === '\f' ||
      char === '\v' ||
      char === '\uFEFF'
    ) {
      spaceBefore = true;
      at++;
    } else if (char === '\\' && /^\\[ \t]*\r?\n/.test(text.slice(at, at + 64))) {
      // A continued line: the break does not end the logical line.
      at = text.indexOf('\n', at) + 1;
      spaceBefore = true;
    } else if (text.startsWith('//', at)) {
      at = endOfLineComment(text, at);
      spaceBefore = true;
    } else if (text.startsWith('/*', at)) {
      const close = text.indexOf('*/', at + 2);
      if (close === -1) push('bad', text.length, 'this comment is never closed: expected */');
      else at = close + 2;
      spaceBefore = true;
    } else if (char === '"') {
      const end = match(string);
      if (end !== -1) push('string', end);
      else push('bad', endOfLine(text, at), 'this string is never closed: expected "');
    } else if (char >= '0' && char <= '9') {
      const end = match(number);
      wordTail.lastIndex = end;
      if (wordTail.test(text))
        push('bad', wordTail.lastIndex, numberProblem(text.slice(at, wordTail.lastIndex)));
      else push('number', end);
    } else {
      const end = match(identifier);
      if (end !== -1) push(keywords.has(text.slice(at, end)) ? 'keyword' : 'identifier', end);
      else {
        const found = punctuationByFirst.get(char)?.find((p) => text.startsWith(p, at));
        if (found !== undefined) push('punctuation', at + found.length);
        else {
          const point = String.fromCodePoint(text.codePointAt(at)!);
          push('bad', at + point.length, `the character ${JSON.stringify(point)} has no meaning in P4`);
        }
      }
    }
  }
  startsLine = true;
  push('eof', text.length);
  return tokens;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
}

/** A `//` comment, too, goes on over a continued line, as in C. */
function endOfLineComment(text: string, from: number): number {
  let end = endOfLine(text, from);
  while (end < text.length && /\\\r?$/.test(text.slice(Math.max(from, end - 2), end)))
    end = endOfLine(text, end + 1);
  return end;
}

function numberProblem(text: string): string {
  return `'${text}' is neither a number nor a name: expected digits as in 10, 0xFF, 0b1010, 8w0xFF or 4s7`;
}

/** Value, width and sign of a `number` token's text; undefined where its radix prefix has no digits (`0x_`). */
export function numberValue(
  text: string,
):
  | { readonly value: bigint; readonly width?: number; readonly signed?: boolean; readonly base: number }
  | undefined {
  const parts = /^(?:([0-9]+)([ws]))?(0[xXdDoObB])?([0-9a-fA-F_]+)$/.exec(text);
  if (parts === null) return undefined;
  const digits = parts[4]!.replaceAll('_', '');
  if (digits === '') return undefined;
  const prefix = parts[3]?.toLowerCase() ?? '0d';
  const base = prefix === '0x' ? 16 : prefix === '0o' ? 8 : prefix === '0b' ? 2 : 10;
  const value = BigInt(prefix === '0d' ? digits : prefix + digits);
  if (parts[1] === undefined) return { value, base };
  return { value, width: Number(parts[1]), signed: parts[2] === 's', base };
}

/** The characters a string token stands for. */
export function stringValue(text: string): string {
  return text
    .slice(1, -1)
    .replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' ? '\n' : char === 't' ? '\t' : char));
}
