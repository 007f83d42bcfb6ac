import { check } from './check/index.js';
import type { CheckedProgram } from './check/types.js';
import { type Diagnostic, Diagnostics } from './diagnostics.js';
import type * as ast from './syntax/ast.js';
import { parseProgram } from './syntax/parse/index.js';
import { type Preprocessed, preprocess } from './syntax/preprocess/index.js';
import { positionOf } from './syntax/source.js';

/** Files by path, the main one first; whatever else is included comes from the package's own `include`. */
export type Files = Readonly<Record<string, string>>;

export interface FrontEnd {
  readonly source: Preprocessed;
  readonly diagnostics: readonly Diagnostic[];
  /** `line:column code message`, errors and warnings, in the order they were found. */
  readonly messages: readonly string[];
}

export function preprocessText(files: string | Files, defines: Record<string, string> = {}): FrontEnd {
  const diagnostics = new Diagnostics();
  const source = read(files, defines, diagnostics);
  return { source, ...summary(diagnostics) };
}

export function parseText(files: string | Files): FrontEnd & { readonly program: ast.Program } {
  const diagnostics = new Diagnostics();
  const source = read(files, {}, diagnostics);
  const program = parseProgram(source, diagnostics);
  return { source, program, ...summary(diagnostics) };
}

export function checkText(
  files: string | Files,
  defines: Record<string, string> = {},
): FrontEnd & { readonly program: ast.Program; readonly checked: CheckedProgram } {
  const diagnostics = new Diagnostics();
  const source = read(files, defines, diagnostics);
  const program = parseProgram(source, diagnostics);
  const checked = check(program, diagnostics);
  return { source, program, checked, ...summary(diagnostics) };
}

function read(
  files: string | Files,
  defines: Record<string, string>,
  diagnostics: Diagnostics,
): Preprocessed {
  const all: Files = typeof files === 'string' ? { 'test.p4': files } : files;
  const options = { defines, readFile: (path: string) => all[path] };
  return preprocess(Object.keys(all)[0]!, options, diagnostics);
}

function summary({ list }: Diagnostics): Pick<FrontEnd, 'diagnostics' | 'messages'> {
  const messages = list.map(({ code, message, span }) => {
    if (span === undefined) return `${code} ${message}`;
    const { line, column } = positionOf(span.file, span.start);
    return `${line}:${column} ${code} ${message}`;
  });
  return { diagnostics: list, messages };
}
