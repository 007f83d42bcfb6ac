import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Diagnostics } from '../../diagnostics.js';
import { stringValue, tokenize } from '../lexer.js';
import { positionOf, type SourceFile, type Span } from '../source.js';
import type { Token } from '../tokens.js';
import { evaluateCondition } from './condition.js';
import { MacroTable, textOf } from './macros.js';

export interface PreprocessOptions {
  /** Folders searched for `#include`, in order, before the compiler's own `include`. */
  readonly includePaths?: readonly string[];
  /** As `-DNAME=VALUE`; an empty value counts as 1, as on p4c's command line. */
  readonly defines?: Readonly<Record<string, string>>;
  /** The text of a file, or undefined if there is none. Default: the file system. */
  readonly readFile?: (path: string) => string | undefined;
}
export interface Preprocessed {
  /** Ends in one `eof` token. */
  readonly tokens: readonly Token[];
  /** Every file read, the main one first. */
  readonly files: readonly SourceFile[];
}

/** Where core.p4, v1model.p4 and tna.p4 of this package lie; searched last. */
export const standardIncludePath: string = fileURLToPath(new URL('../../../include/', import.meta.url));

/** What C compilers allow; an include cycle ends here. */
const maxIncludeDepth = 64;

function readFromDisk(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Reads `path` and what it includes, and does what the C preprocessor does for P4 (P4_16 §6.2): #include, #define,
 * #undef, #if and its kin, #error, #warning, #line, #pragma once; #pragma else is left out. Spans point into the file
 * as it was written; tokens that a macro made point to the macro's use.
 */
export function preprocess(path: string, options: PreprocessOptions, diagnostics: Diagnostics): Preprocessed {
  const run = new Preprocessor(options, diagnostics);
  run.main(path);
  return { tokens: run.output, files: run.files };
}

interface Group {
  readonly span: Span;
  /** The lines around the whole #if are read. */
  readonly outer: boolean;
  taken: boolean;
  active: boolean;
  sawElse: boolean;
}

class Preprocessor {
  readonly output: Token[] = [];
  readonly files: SourceFile[] = [];
  readonly #options: PreprocessOptions;
  readonly #diagnostics: Diagnostics;
  readonly #macros: MacroTable;
  readonly #read: (path: string) => string | undefined;
  readonly #once = new Set<string>();
  #stopped = false;

  constructor(options: PreprocessOptions, diagnostics: Diagnostics) {
    this.#options = options;
    this.#diagnostics = diagnostics;
    this.#macros = new MacroTable(diagnostics);
    this.#read = options.readFile ?? readFromDisk;
  }

  main(path: string): void {
    for (const [name, value] of Object.entries(this.#options.defines ?? {})) {
      const body = tokenize({ path: '<command line>', text: value === '' ? '1' : value }).slice(0, -1);
      this.#macros.define({ name, body }, undefined);
    }
    const text = this.#read(path);
    const file: SourceFile = { path, text: text ?? '' };
    if (text === undefined)
      this.#diagnostics.error('P4C101', `cannot read the program: there is no file '${path}'`);
    this.#file(file, 0);
    this.output.push({
      kind: 'eof',
      text: '',
      span: { file, start: file.text.length, end: file.text.length },
      startsLine: true,
      spaceBefore: false,
    });
  }

  #file(file: SourceFile, depth: number): void {
    this.files.push(file);
    const tokens = tokenize(file);
    const groups: Group[] = [];
    const active = (): boolean => groups.every((g) => g.active);
    let text: Token[] = [];
    const flush = (): void => {
      // What is no token is reported by the parser: an annotation's body may hold anything.
      for (const token of this.#macros.expand(text)) this.output.push(token);
      text = [];
      if (this.#macros.exhausted) this.#stopped = true;
    };
    let at = 0;
    while (tokens[at]!.kind !== 'eof' && !this.#stopped) {
      const first = tokens[at]!;
      let end = at + 1;
      while (!tokens[end]!.startsLine) end++;
      if (first.text === '#' && first.startsLine) {
        const line = tokens.slice(at + 1, end);
        if (/^(if|ifdef|ifndef|elif|else|endif)$/.test(line[0]?.text ?? '')) {
          if (active()) flush();
          this.#conditional(first, line, groups);
        } else if (active()) {
          flush();
          this.#directive(file, first, line, tokens[end]!.span.start, depth);
        }
      } else if (active()) for (let i = at; i < end; i++) text.push(tokens[i]!);
      at = end;
    }
    flush();
    for (const group of groups) this.#diagnostics.error('P4C103', 'this #if has no #endif', group.span);
  }

  #conditional(hash: Token, line: readonly Token[], groups: Group[]): void {
    const name = line[0]!.text;
    const span = { ...hash.span, end: line[0]!.span.end };
    const rest = line.slice(1);
    const group = groups.at(-1);
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const outer = groups.every((g) => g.active);
      const value =
        outer && (name === 'if' ? this.#condition(rest, span) : this.#isDefined(name, rest, span));
      groups.push({ span, outer, taken: value, active: value, sawElse: false });
    } else if (group === undefined) {
      this.#diagnostics.error('P4C103', `#${name} without an #if before it`, span);
    } else if (name === 'endif') groups.pop();
    else if (group.sawElse)
      this.#diagnostics.error('P4C103', `#${name} after the #else of the same #if`, span);
    else {
      group.sawElse = name === 'else';
      group.active = group.outer && !group.taken && (name === 'else' || this.#condition(rest, span));
      group.taken ||= group.active;
    }
  }

  #isDefined(directive: string, rest: readonly Token[], span: Span): boolean {
    const name = rest[0];
    if (name === undefined || (name.kind !== 'identifier' && name.kind !== 'keyword')) {
      this.#diagnostics.error('P4C104', `expected a macro's name after #${directive}`, name?.span ?? span);
      return false;
    }
    return this.#macros.has(name.text) === (directive === 'ifdef');
  }

  #condition(tokens: readonly Token[], span: Span): boolean {
    const resolved: Token[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      const parenthesised = tokens[i + 1]?.text === '(' && tokens[i + 3]?.text === ')';
      const name = parenthesised ? tokens[i + 2] : tokens[i + 1];
      if (token.text === 'defined' && name !== undefined) {
        resolved.push({ ...token, kind: 'number', text: this.#macros.has(name.text) ? '1' : '0' });
        i += parenthesised ? 3 : 1;
      } else resolved.push(token);
    }
    const expanded = this.#macros.expand(resolved);
    const bad = expanded.find((t) => t.kind === 'bad');
    if (bad !== undefined) {
      this.#diagnostics.error('P4C201', bad.problem!, bad.span);
      return false;
    }
    return evaluateCondition(expanded, span, this.#diagnostics);
  }

  #directive(file: SourceFile, hash: Token, line: readonly Token[], end: number, depth: number): void {
    const [word, ...rest] = line;
    if (word === undefined) return; // A lone # does nothing (ISO C 6.10.7).
    const span = { file, start: hash.span.start, end: line.at(-1)!.span.end };
    if (word.text === 'include') this.#include(file, rest, span, end, depth);
    else if (word.text === 'define') this.#define(rest, span);
    else if (word.text === 'undef') {
      if (rest[0] === undefined)
        this.#diagnostics.error('P4C102', "expected a macro's name after #undef", span);
      else this.#macros.undefine(rest[0].text);
    } else if (word.text === 'error' || word.text === 'warning') {
      const text = file.text.slice(word.span.end, span.end).trim();
      if (word.text === 'error') this.#diagnostics.error('P4C106', `#error ${text}`.trim(), span);
      else this.#diagnostics.warning('P4C106', `#warning ${text}`.trim(), span);
    } else if (word.text === 'line' || word.kind === 'number') {
      this.#line(file, word.text === 'line' ? rest : line, span, end);
    } else if (word.text === 'pragma') {
      if (rest[0]?.text === 'once') this.#once.add(file.path);
    } else {
      this.#diagnostics.error(
        'P4C102',
        `unknown directive #${word.text}: expected include, define, undef, if, ifdef, ifndef, elif, else, endif, error, warning, line or pragma`,
        span,
      );
    }
  }

  #define(rest: readonly Token[], span: Span): void {
    const [name, ...after] = rest;
    if (name === undefined || (name.kind !== 'identifier' && name.kind !== 'keyword')) {
      this.#diagnostics.error('P4C102', "expected a macro's name after #define", name?.span ?? span);
      return;
    }
    if (after[0]?.text !== '(' || after[0].spaceBefore) {
      this.#macros.define({ name: name.text, body: after }, span);
      return;
    }
    const close = after.findIndex((t) => t.text === ')');
    const inside = after.slice(1, Math.max(close, 1));
    const params = inside.filter((_, i) => i % 2 === 0);
    const wellFormed =
      close !== -1 &&
      (inside.length === 0 || inside.length % 2 === 1) &&
      inside.every((t, i) =>
        i % 2 === 1 ? t.text === ',' : t.kind === 'identifier' || t.kind === 'keyword',
      );
    if (!wellFormed) {
      this.#diagnostics.error('P4C102', `expected the parameters of macro '${name.text}' as (a, b)`, span);
      return;
    }
    this.#macros.define(
      { name: name.text, params: params.map((t) => t.text), body: after.slice(close + 1) },
      span,
    );
  }

  #line(file: SourceFile, rest: readonly Token[], span: Span, end: number): void {
    const [number, name] = this.#macros.expand(rest);
    if (
      number?.kind !== 'number' ||
      !/^[0-9]+$/.test(number.text) ||
      (name !== undefined && name.kind !== 'string')
    ) {
      this.#diagnostics.error('P4C102', 'expected #line NUMBER or #line NUMBER "FILE"', span);
      return;
    }
    const path = name === undefined ? positionOf(file, span.start).path : stringValue(name.text);
    const next = file.text.indexOf('\n', span.end) + 1 || end;
    file.lineOrigins = [...(file.lineOrigins ?? []), { offset: next, line: Number(number.text), path }];
  }

  #include(file: SourceFile, rest: readonly Token[], span: Span, end: number, depth: number): void {
    const target = this.#includeTarget(file, rest, end);
    if (target === undefined) {
      this.#diagnostics.error('P4C102', 'expected #include "FILE" or #include <FILE>', span);
      return;
    }
    const { name, quoted } = target;
    const folders = [
      ...(quoted ? [dirname(file.path)] : []),
      ...(this.#options.includePaths ?? []),
      standardIncludePath,
    ];
    const tried = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
    for (const path of tried) {
      if (this.#once.has(path)) return;
      // What ships with the package is read from the disk even where the caller brings its own files.
      const text = this.#read(path) ?? (inStandardPath(path) ? readFromDisk(path) : undefined);
      if (text === undefined) continue;
      if (depth >= maxIncludeDepth) {
        this.#diagnostics.error(
          'P4C105',
          `includes are nested more than ${maxIncludeDepth} deep: does '${name}' include itself?`,
          span,
        );
        this.#stopped = true;
        return;
      }
      this.#file({ path, text }, depth + 1);
      return;
    }
    this.#diagnostics.error(
      'P4C101',
      `cannot find '${name}'; looked in ${[...new Set(folders)].join(', ')}`,
      span,
    );
  }

  #includeTarget(
    file: SourceFile,
    rest: readonly Token[],
    end: number,
  ): { readonly name: string; readonly quoted: boolean } | undefined {
    let tokens = rest;
    if (rest[0]?.text === '<') {
      const start = rest[0].span.end;
      const close = file.text.slice(start, end).search(/[>\n]/);
      if (close === -1 || file.text[start + close] !== '>') return undefined;
      const name = file.text.slice(start, start + close).trim();
      return name === '' ? undefined : { name, quoted: false };
    }
    if (rest[0]?.kind === 'identifier') tokens = this.#macros.expand(rest);
    const first = tokens[0];
    if (first?.kind === 'string') return { name: first.text.slice(1, -1), quoted: true };
    const close = tokens.findIndex((t) => t.text === '>');
    if (first?.text !== '<' || close < 2) return undefined;
    return { name: textOf(tokens.slice(1, close)), quoted: false };
  }
}

function inStandardPath(path: string): boolean {
  return resolve(path).startsWith(resolve(standardIncludePath));
}
