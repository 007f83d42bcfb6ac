import { BadEscape, unquote } from './strings.js';
import { TextFormatError } from './text-format-error.js';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'symbol' | 'end';
  readonly text: string;
  /** Of a string: its bytes. */
  readonly bytes?: Uint8Array;
  readonly start: number;
}

const SPACE = /(?:[ \t\r\n\f\v]|#[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fF]?)/y;
const SYMBOLS = '{}<>[]:,;-/.';

/** Cuts a text into tokens, one ahead of the reader. Knows where in the file it is only when a message is wanted. */
export class Scanner {
  readonly #text: string;
  readonly #source: string;
  #at = 0;
  #next: Token;

  constructor(text: string, source: string) {
    this.#text = text;
    this.#source = source;
    this.#next = this.#scan();
  }

  /** The token that `take` gives next. */
  get next(): Token {
    return this.#next;
  }

  take(): Token {
    const token = this.#next;
    this.#next = this.#scan();
    return token;
  }

  /** Takes the symbol if it is next. */
  accept(symbol: string): boolean {
    if (this.#next.kind !== 'symbol' || this.#next.text !== symbol) return false;
    this.take();
    return true;
  }

  expect(symbol: string, where: string): void {
    if (!this.accept(symbol))
      throw this.error(`expected '${symbol}' ${where}, found ${describe(this.#next)}`);
  }

  /** An error at a token, by default the next one. */
  error(problem: string, token: Token = this.#next): TextFormatError {
    return this.#errorAt(token.start, problem);
  }

  #errorAt(offset: number, problem: string): TextFormatError {
    const before = this.#text.slice(0, offset);
    const line = before.split('\n').length;
    return new TextFormatError(this.#source, line, offset - before.lastIndexOf('\n'), problem);
  }

  #scan(): Token {
    this.#match(SPACE);
    const start = this.#at;
    if (start >= this.#text.length) return { kind: 'end', text: '', start };
    const first = this.#text[start]!;
    if (first === '"' || first === "'") return this.#string(first, start);
    const name = this.#match(NAME);
    if (name) return { kind: 'name', text: name, start };
    if (SYMBOLS.includes(first) && !(first === '.' && /\d/.test(this.#text[start + 1] ?? ''))) {
      this.#at++;
      return { kind: 'symbol', text: first, start };
    }
    const number = this.#match(NUMBER);
    if (number) return { kind: 'number', text: number, start };
    throw this.#errorAt(start, `${JSON.stringify(first)} has no place in the protobuf text format`);
  }

  #string(quote: string, start: number): Token {
    let end = start + 1;
    for (; this.#text[end] !== quote; end++) {
      if (this.#text[end] === '\\') end++;
      if (end >= this.#text.length || this.#text[end] === '\n') {
        throw this.#errorAt(start, 'this string is not closed on its line');
      }
    }
    this.#at = end + 1;
    const text = this.#text.slice(start + 1, end);
    try {
      return { kind: 'string', text, bytes: unquote(text), start };
    } catch (thrown) {
      if (thrown instanceof BadEscape) throw this.#errorAt(start + 1 + thrown.offset, thrown.message);
      throw thrown;
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

export function describe(token: Token): string {
  if (token.kind === 'end') return 'the end of the text';
  if (token.kind === 'string') return `the string ${JSON.stringify(token.text)}`;
  return `'${token.text}'`;
}
