import { type Diagnostic, renderDiagnostics } from 'p4-compiler';

/** A rendered program that does not compile. PROGRAM_INVALID: what the compiler says, in its words. */
export class GenerateError extends Error {
  override readonly name = 'GenerateError';
  readonly code = 'PROGRAM_INVALID';
  constructor(
    readonly file: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(`${file} does not compile:\n${renderDiagnostics(diagnostics).trimEnd()}`);
  }
}
