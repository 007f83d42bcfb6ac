import { readFileSync } from 'node:fs';
import type { P4Info } from 'p4runtime-js';
import { check } from './check/index.js';
import type { CheckedProgram } from './check/types.js';
import { type Diagnostic, Diagnostics } from './diagnostics.js';
import { type ElaboratedProgram, elaborate } from './elaborate/index.js';
import { type Bmv2Json, bmv2Json } from './emit/index.js';
import { normalise, V1_SWITCH } from './normalise/index.js';
import { p4info } from './p4info/index.js';
import { parseProgram } from './syntax/parse/index.js';
import { preprocess } from './syntax/preprocess/index.js';

export interface CompileOptions {
  /** The main source file; messages and `#include "..."` go by it. */
  readonly path: string;
  /** Its text, when it is not to be read from `path`. */
  readonly source?: string;
  /** Folders searched for `#include`, before the compiler's own core.p4, v1model.p4 and tna.p4. */
  readonly includePaths?: readonly string[];
  /** Macros, as `-DNAME=VALUE`. */
  readonly defines?: Readonly<Record<string, string>>;
  /** The text of a file, or undefined where there is none; by default files are read from disk. */
  readonly readFile?: (path: string) => string | undefined;
  /** The `program` of the BMv2 JSON; the path unless given, so that output does not depend on the machine. */
  readonly programName?: string;
}

export interface Compiled {
  /** Everything there is to say about the program, in the order of the passes. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent when there are errors. */
  readonly p4info?: P4Info;
  /** The program for a BMv2 switch; absent when there are errors. */
  readonly bmv2?: Bmv2Json;
}

/**
 * Compiles a P4_16 program for v1model to its P4Info and to the JSON that a BMv2 switch loads. A program that is wrong
 * or does not fit gives diagnostics and nothing else; nothing is thrown for a mistake in the program.
 */
export function compile(options: CompileOptions): Compiled {
  return run(options, (program, diagnostics) => {
    if (program.architecture.name !== 'v1model') {
      diagnostics.error(
        'P4C501',
        `BMv2 JSON is made for v1model only; this program is written for ${program.architecture.name} (its P4Info can be had with p4infoOf)`,
        program.main.span,
      );
      return {};
    }
    const info = p4info(program, diagnostics);
    const core = normalise(program, V1_SWITCH, diagnostics);
    if (!core || diagnostics.hasErrors) return {};
    const bmv2 = bmv2Json(program, core, options.programName ?? options.path, diagnostics);
    return { p4info: info, bmv2 };
  });
}

/** The P4Info alone, for programs of any known architecture (v1model, PSA, TNA). */
export function p4infoOf(options: CompileOptions): Compiled {
  return run(options, (program, diagnostics) => ({ p4info: p4info(program, diagnostics) }));
}

function run(
  options: CompileOptions,
  backend: (program: ElaboratedProgram, diagnostics: Diagnostics) => Omit<Compiled, 'diagnostics'>,
): Compiled {
  const diagnostics = new Diagnostics();
  const checked = frontEnd(options, diagnostics);
  const program = checked && elaborate(checked, diagnostics);
  const result = program && !diagnostics.hasErrors ? backend(program, diagnostics) : {};
  const { list } = diagnostics;
  return diagnostics.hasErrors ? { diagnostics: list } : { ...result, diagnostics: list };
}

function frontEnd(options: CompileOptions, diagnostics: Diagnostics): CheckedProgram | undefined {
  const { path, source, includePaths, defines, readFile } = options;
  const read = source === undefined ? readFile : overlay(path, source, readFile);
  const tokens = preprocess(
    path,
    { includePaths, defines, ...(read ? { readFile: read } : {}) },
    diagnostics,
  );
  if (diagnostics.hasErrors) return undefined;
  const program = parseProgram(tokens, diagnostics);
  if (diagnostics.hasErrors) return undefined;
  const checked = check(program, diagnostics);
  return diagnostics.hasErrors ? undefined : checked;
}

function overlay(
  path: string,
  source: string,
  readFile: ((path: string) => string | undefined) | undefined,
): (path: string) => string | undefined {
  const other = readFile ?? readFromDisk;
  return (wanted) => (wanted === path ? source : other(wanted));
}

function readFromDisk(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
