import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { crossChecks } from './checks.js';
import type { Fabric } from './fabric.js';
import { lenient } from './lenient.js';
import { normalise } from './normalise.js';
import { SpecError, type SpecProblem } from './problems.js';
import { KNOWN_KEYS, specSchema } from './schema.js';
import { type Path, SpecSource } from './source.js';
import { nearest } from './suggest.js';

/**
 * Reads a `bluebridge.yaml`.
 * Throws SpecError: SPEC_UNREADABLE, SPEC_SYNTAX or SPEC_INVALID, with every problem and its place.
 */
export async function loadFabric(file: string): Promise<Fabric> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'no such file' : cause.message;
    const problem = { file, line: 1, column: 1, path: '', message: `cannot read the specification: ${why}` };
    throw new SpecError('SPEC_UNREADABLE', [problem], { cause });
  });
  return parseFabric(text, file);
}

/**
 * The fabric that a specification's text describes. `file` is what problems name.
 * Throws SpecError: SPEC_SYNTAX or SPEC_INVALID.
 */
export function parseFabric(text: string, file = 'bluebridge.yaml'): Fabric {
  const source = SpecSource.parse(text, file);
  const result = specSchema.safeParse(source.value);
  const problems = [
    ...(result.error?.issues ?? []).flatMap((issue) => explain(issue, source)),
    ...crossChecks(lenient(source.value), source),
  ];
  if (problems.length > 0 || !result.success) throw new SpecError('SPEC_INVALID', inOrder(problems));
  return normalise(result.data);
}

/** In the order of the text; a value that breaks one rule in two ways is told once. */
function inOrder(problems: readonly SpecProblem[]): SpecProblem[] {
  const told = new Map(problems.map((problem) => [`${problem.path}: ${problem.message}`, problem]));
  return [...told.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Puts an issue of the schema in words: what was found, what was expected. */
function explain(issue: z.core.$ZodIssue, source: SpecSource): SpecProblem[] {
  const path = issue.path as Path;
  const inside = issue.code === 'invalid_union' ? mappingIssues(issue) : undefined;
  if (inside) {
    return inside.flatMap((inner) => explain({ ...inner, path: [...path, ...inner.path] }, source));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => source.problemAtKey(path, key, unknownKey(key, path)));
  }
  const key = path.at(-1);
  if (typeof key === 'string' && !source.has(path)) {
    return [source.problem(path.slice(0, -1), `missing key "${key}", expected ${issue.message}`)];
  }
  return [source.problem(path, `found ${found(issue, source)}, expected ${issue.message}`)];
}

/** Where a mapping may stand instead of a word and does: what is wrong inside of it. */
function mappingIssues(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  return issue.errors.find((branch) =>
    branch.every(({ code, path }) => code === 'unrecognized_keys' || path.length > 0),
  );
}

function found(issue: z.core.$ZodIssue, source: SpecSource): string {
  const value = issue.path.reduce<unknown>(
    (at, step) => (at as Record<PropertyKey, unknown>)?.[step],
    source.value,
  );
  return Array.isArray(value) ? `a list of ${value.length}` : source.written(issue.path as Path);
}

function unknownKey(key: string, path: Path): string {
  const known = KNOWN_KEYS[path.map((step) => (typeof step === 'number' ? '*' : step)).join('.')] ?? [];
  const meant = nearest(key, known);
  return `unknown key "${key}"${meant ? `, did you mean "${meant}"?` : `, expected one of ${known.join(', ')}`}`;
}
