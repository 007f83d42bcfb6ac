import type { Diagnostics } from '../../diagnostics.js';
import { tokenize } from '../lexer.js';
import { positionOf, type Span } from '../source.js';
import type { Token } from '../tokens.js';

export interface Macro {
  readonly name: string;
  /** Absent for object-like macros; `#define F() x` has an empty list. */
  readonly params?: readonly string[];
  readonly body: readonly Token[];
}

/** A token and the macros that made it: none of them is expanded in it again (ISO C 6.10.3.4). */
interface Work {
  readonly token: Token;
  readonly hidden: ReadonlySet<string>;
}
const nothingHidden: ReadonlySet<string> = new Set();

/** What a chain of macros may grow to before it is taken for a mistake (each may double the one before). */
const maxTokens = 250_000;

export class MacroTable {
  readonly #macros = new Map<string, Macro>();
  #made = 0;
  readonly #diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Too much text was made; the caller stops reading. */
  get exhausted(): boolean {
    return this.#made > maxTokens;
  }
  has(name: string): boolean {
    return this.#macros.has(name) || name === '__FILE__' || name === '__LINE__';
  }
  undefine(name: string): void {
    this.#macros.delete(name);
  }

  /** Defines a macro; a definition that differs from the one in force is an error, as in C. */
  define(macro: Macro, span: Span | undefined): void {
    const old = this.#macros.get(macro.name);
    if (old !== undefined && signatureOf(old) !== signatureOf(macro)) {
      this.#diagnostics.error(
        'P4C107',
        `macro '${macro.name}' is already defined with another meaning; #undef it first`,
        span,
      );
    }
    this.#macros.set(macro.name, macro);
  }

  /** Expands every macro in `tokens`. What a macro makes takes the span of its use. */
  expand(tokens: readonly Token[]): Token[] {
    return this.#expand(tokens.map((token) => ({ token, hidden: nothingHidden }))).map((w) => w.token);
  }

  #expand(input: readonly Work[]): Work[] {
    const output: Work[] = [];
    const stack = input.slice().reverse();
    for (let work = stack.pop(); work !== undefined; work = stack.pop()) {
      const { token, hidden } = work;
      const builtin = this.#builtin(token);
      const macro = this.#macros.get(token.text);
      if (builtin !== undefined) output.push({ token: builtin, hidden });
      else if (macro === undefined || !isWord(token) || hidden.has(macro.name) || this.exhausted)
        output.push(work);
      else if (macro.params === undefined) {
        this.#pushBody(stack, macro.body, token, new Set([...hidden, macro.name]));
      } else {
        const call = this.#arguments(macro, token, stack);
        if (call === undefined) output.push(work);
        else {
          const hide = new Set([...hidden, macro.name]);
          const body = this.#substitute(macro, call);
          this.#count(body.length, token.span);
          for (let i = body.length - 1; i >= 0; i--) {
            const part = body[i]!;
            stack.push({
              token: relocate(part.token, token, i === 0),
              hidden: part.hidden.size === 0 ? hide : new Set([...part.hidden, ...hide]),
            });
          }
        }
      }
    }
    return output;
  }

  #pushBody(stack: Work[], body: readonly Token[], use: Token, hidden: ReadonlySet<string>): void {
    this.#count(body.length, use.span);
    for (let i = body.length - 1; i >= 0; i--)
      stack.push({ token: relocate(body[i]!, use, i === 0), hidden });
  }

  #count(made: number, span: Span): void {
    const before = this.exhausted;
    this.#made += made;
    if (!before && this.exhausted) {
      this.#diagnostics.error('P4C108', `the macros grow to more than ${maxTokens} tokens here`, span);
    }
  }

  #builtin(token: Token): Token | undefined {
    if (token.text === '__LINE__') {
      const { line } = positionOf(token.span.file, token.span.start);
      return { ...token, kind: 'number', text: String(line) };
    }
    if (token.text === '__FILE__') {
      const { path } = positionOf(token.span.file, token.span.start);
      return { ...token, kind: 'string', text: `"${path.replace(/["\\]/g, '\\$&')}"` };
    }
    return undefined;
  }

  /** Takes `( ... )` off the stack; undefined if none follows, and then the name stands for itself. */
  #arguments(macro: Macro, use: Token, stack: Work[]): Work[][] | undefined {
    if (stack.at(-1)?.token.text !== '(') return undefined;
    let at = stack.length - 2;
    const args: Work[][] = [[]];
    for (let depth = 1; ; at--) {
      const work = stack[at];
      if (work === undefined || work.token.kind === 'eof') {
        this.#diagnostics.error(
          'P4C109',
          `the arguments of macro '${macro.name}' are not closed: expected )`,
          use.span,
        );
        return undefined;
      }
      const { text, kind } = work.token;
      if (kind === 'punctuation' && text === '(') depth++;
      if (kind === 'punctuation' && text === ')' && --depth === 0) break;
      if (kind === 'punctuation' && text === ',' && depth === 1) args.push([]);
      else args.at(-1)!.push(work);
    }
    const expected = macro.params!.length;
    if (expected === 0 && args.length === 1 && args[0]!.length === 0) args.pop();
    if (args.length !== expected) {
      this.#diagnostics.error(
        'P4C109',
        `macro '${macro.name}' takes ${expected} argument${expected === 1 ? '' : 's'}, found ${args.length}`,
        use.span,
      );
      return undefined;
    }
    stack.length = at;
    return args;
  }

  #substitute(macro: Macro, args: readonly Work[][]): Work[] {
    const output: Work[] = [];
    const { body } = macro;
    for (let i = 0; i < body.length; i++) {
      const token = body[i]!;
      const next = body[i + 1];
      const param = isWord(token) ? macro.params!.indexOf(token.text) : -1;
      if (token.text === '#' && next !== undefined && macro.params!.includes(next.text)) {
        const text = textOf(args[macro.params!.indexOf(next.text)]!.map((w) => w.token));
        const quoted = `"${text.replace(/["\\]/g, '\\$&')}"`;
        output.push({ token: { ...token, kind: 'string', text: quoted }, hidden: nothingHidden });
        i++;
      } else if (token.text === '##' && output.length > 0 && next !== undefined) {
        const right = isWord(next) ? macro.params!.indexOf(next.text) : -1;
        const pasted = right === -1 ? [{ token: next, hidden: nothingHidden }] : args[right]!;
        this.#paste(output, pasted);
        i++;
      } else if (param === -1) output.push({ token, hidden: nothingHidden });
      // An operand of ## is pasted as written, every other argument is expanded first (ISO C 6.10.3.1).
      else if (next?.text === '##') output.push(...args[param]!);
      else output.push(...this.#expand(args[param]!));
      if (this.exhausted) break;
    }
    return output;
  }

  #paste(output: Work[], right: readonly Work[]): void {
    const left = output.at(-1);
    const first = right[0];
    if (left === undefined || first === undefined) return;
    const text = left.token.text + first.token.text;
    const [made, end] = tokenize({ path: '', text });
    if (made === undefined || end?.kind !== 'eof' || made.kind === 'bad') {
      this.#diagnostics.error('P4C109', `## makes '${text}', which is no token`, first.token.span);
      return;
    }
    output[output.length - 1] = { token: { ...left.token, kind: made.kind, text }, hidden: nothingHidden };
    output.push(...right.slice(1));
  }
}

function isWord(token: Token): boolean {
  return token.kind === 'identifier' || token.kind === 'keyword';
}

function relocate(token: Token, use: Token, first: boolean): Token {
  return {
    ...token,
    span: use.span,
    startsLine: first && use.startsLine,
    spaceBefore: first ? use.spaceBefore : token.spaceBefore,
  };
}

/** Tokens as one line of text, with single spaces where white space stood. */
export function textOf(tokens: readonly Token[]): string {
  return tokens.map((t, i) => (i > 0 && (t.spaceBefore || t.startsLine) ? ` ${t.text}` : t.text)).join('');
}

function signatureOf(macro: Macro): string {
  return `${macro.params?.join(',') ?? '-'}|${textOf(macro.body)}`;
}
