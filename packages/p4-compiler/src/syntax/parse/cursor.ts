import type { Diagnostics } from '../../diagnostics.js';
import type { Identifier } from '../ast.js';
import { joinSpans, type Span } from '../source.js';
import type { Token } from '../tokens.js';

/** Thrown inside the parser where a construct cannot go on; caught where there is a place to go on from. */
export class SyntaxFailure extends Error {
  readonly span: Span;
  readonly code: string;
  constructor(message: string, span: Span, code = 'P4C202') {
    super(message);
    this.span = span;
    this.code = code;
  }
}

/** Deep enough for every real program, shallow enough for the stack of every later pass. */
const maxNesting = 300;
/** Nobody reads more of them at once. */
const maxErrors = 100;

/**
 * The tokens, where we are in them, and which names are types here. P4's grammar needs the last: `a < b > (c)` is a
 * call if `b` is a type, else two comparisons (P4_16 appendix H, note on TYPE_IDENTIFIER).
 */
export class Cursor {
  #at = 0;
  #nesting = 0;
  #errors = 0;
  #greaterCloses = false;
  readonly #scopes: Map<string, 'type' | 'value'>[] = [new Map()];
  readonly #failed = new Set<string>();
  readonly #tokens: readonly Token[];
  readonly diagnostics: Diagnostics;

  constructor(tokens: readonly Token[], diagnostics: Diagnostics) {
    this.#tokens = tokens;
    this.diagnostics = diagnostics;
  }

  get position(): number {
    return this.#at;
  }
  reset(position: number): void {
    this.#at = position;
  }
  get token(): Token {
    return this.#tokens[this.#at]!;
  }
  get atEnd(): boolean {
    return this.token.kind === 'eof';
  }
  /** Any token but the last passes; the end of the file is never passed. */
  next(): Token {
    const token = this.token;
    if (token.kind !== 'eof') this.#at++;
    return token;
  }
  peek(offset: number): Token {
    return this.#tokens[Math.min(this.#at + offset, this.#tokens.length - 1)]!;
  }
  get previous(): Token {
    return this.#tokens[Math.max(0, this.#at - 1)]!;
  }

  /** The token is this keyword or punctuation (strings and names with the same letters are not). */
  is(text: string, offset = 0): boolean {
    const token = this.peek(offset);
    return token.text === text && token.kind !== 'string' && token.kind !== 'eof';
  }
  isName(offset = 0): boolean {
    return this.peek(offset).kind === 'identifier';
  }
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#at++;
    return true;
  }
  expect(text: string, where: string): Token {
    if (this.is(text)) return this.next();
    return this.fail(`expected '${text}' ${where}, found ${this.found()}`);
  }
  name(what: string): Identifier {
    const token = this.token;
    if (token.kind === 'identifier') {
      this.#at++;
      return { text: token.text, span: token.span };
    }
    const keyword = token.kind === 'keyword' ? `${this.found()}, which is a keyword` : this.found();
    return this.fail(`expected ${what}, found ${keyword}`);
  }

  /** `>>` or `>>=`, which the lexer leaves as adjacent tokens. */
  isShiftRight(): boolean {
    return this.is('>') && this.is('>', 1) && !this.peek(1).spaceBefore && !this.peek(1).startsLine;
  }
  found(): string {
    const { token } = this;
    if (token.kind === 'eof') return 'the end of the file';
    const text = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text;
    return token.kind === 'string' ? text : `'${text}'`;
  }
  fail(message: string, span: Span = this.token.span): never {
    const { token } = this;
    if (token.kind === 'bad' && span === token.span) throw new SyntaxFailure(token.problem!, span, 'P4C201');
    throw new SyntaxFailure(message, span);
  }
  /** Right P4_16 that this compiler does not do. */
  unsupported(message: string, span: Span = this.token.span): never {
    throw new SyntaxFailure(message, span, 'P4C901');
  }
  /** From `start`'s span to the last token read. */
  spanFrom(start: Span): Span {
    return joinSpans(start, this.previous.span);
  }

  /** True within `<...>` of a width, where `>` closes and does not compare. */
  get greaterCloses(): boolean {
    return this.#greaterCloses;
  }
  withGreater<T>(closes: boolean, parse: () => T): T {
    const before = this.#greaterCloses;
    this.#greaterCloses = closes;
    try {
      return parse();
    } finally {
      this.#greaterCloses = before;
    }
  }

  /** Bounds the depth of the tree, so that no later pass runs out of stack. */
  nested<T>(parse: () => T): T {
    if (this.#nesting >= maxNesting) {
      throw new SyntaxFailure(`nested more than ${maxNesting} deep`, this.token.span, 'P4C204');
    }
    this.#nesting++;
    try {
      return parse();
    } finally {
      this.#nesting--;
    }
  }

  /**
   * Runs `parse`; where it fails or gives undefined, goes back as if nothing had been read. What fails once at a
   * position is not tried there again, or nested attempts would take exponential time.
   */
  attempt<T>(
    what: 'cast' | 'typeArguments' | 'type' | 'declaration' | 'forIn' | 'tuple',
    parse: () => T | undefined,
  ): T | undefined {
    const start = this.#at;
    const key = `${what}@${start}`;
    if (this.#failed.has(key)) return undefined;
    const reported = this.diagnostics.list.length;
    try {
      const result = parse();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof SyntaxFailure) || error.code === 'P4C204') throw error;
    }
    this.diagnostics.list.length = reported;
    this.#failed.add(key);
    this.#at = start;
    return undefined;
  }

  /** Runs `parse`; on a syntax error reports it, skips to where `recover` says and gives undefined. */
  recovering<T>(parse: () => T, recover: () => void): T | undefined {
    const start = this.#at;
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof SyntaxFailure)) throw error;
      this.#errors++;
      if (this.#errors <= maxErrors) this.diagnostics.error(error.code, error.message, error.span);
      if (this.#errors >= maxErrors) {
        const message = `${maxErrors} syntax errors; the rest is not read`;
        if (this.#errors === maxErrors) this.diagnostics.error('P4C206', message, error.span);
        this.#at = this.#tokens.length - 1;
        return undefined;
      }
      recover();
      if (this.#at === start) this.next();
      return undefined;
    }
  }
  /**
   * Skips to behind the next `;` of this nesting or of the block that ends here, or to before the `}` that closes
   * what is around us.
   */
  skipStatement(): void {
    for (let depth = 0; !this.atEnd; ) {
      if (this.is('}') && depth === 0) return;
      const { text } = this.next();
      if (text === '{') depth++;
      else if (text === '}' && --depth === 0) return;
      else if (text === ';' && depth === 0) return;
    }
  }

  // ---- names that are types
  /** Knows the same types as `other`: for a cursor over a part of its tokens. */
  shareScopes(other: Cursor): void {
    this.#scopes.splice(0, this.#scopes.length, ...other.#scopes);
  }
  scoped<T>(parse: () => T): T {
    const depth = this.#scopes.length;
    this.#scopes.push(new Map());
    try {
      return parse();
    } finally {
      this.#scopes.length = depth;
    }
  }
  declare(name: Identifier, as: 'type' | 'value'): void {
    this.#scopes.at(-1)!.set(name.text, as);
  }
  isTypeName(name: string): boolean {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i]!.get(name);
      if (found !== undefined) return found === 'type';
    }
    return false;
  }
  isTopLevelTypeName(name: string): boolean {
    return this.#scopes[0]!.get(name) === 'type';
  }
}
