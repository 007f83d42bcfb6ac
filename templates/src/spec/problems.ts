/** One thing that is wrong with a specification, at one place. */
export interface SpecProblem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Where in the specification, `servers[0].node`; empty for the whole. */
  readonly path: string;
  /** What was found and what was expected, in words. */
  readonly message: string;
}

/** SPEC_UNREADABLE: no such file; SPEC_SYNTAX: not YAML; SPEC_INVALID: YAML, but not a fabric. */
export type SpecErrorCode = 'SPEC_UNREADABLE' | 'SPEC_SYNTAX' | 'SPEC_INVALID';

/** A specification that cannot be used. Lists every problem that one look finds. */
export class SpecError extends Error {
  override readonly name = 'SpecError';
  constructor(
    readonly code: SpecErrorCode,
    readonly problems: readonly SpecProblem[],
    options?: ErrorOptions,
  ) {
    super(problems.map(describe).join('\n'), options);
  }
}

const describe = ({ file, line, column, path, message }: SpecProblem): string =>
  `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
