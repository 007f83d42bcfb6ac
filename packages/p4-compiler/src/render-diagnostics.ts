import type { Diagnostic } from './diagnostics.js';
import { positionOf, type Span } from './syntax/source.js';

/**
 * A diagnostic as a person reads it:
 *
 *     router.p4:12:5: error: unknown name 'foo'; did you mean 'fob'? [P4C301]
 *         foo = 1;
 *         ^~~
 */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { severity, code, message, span, notes } = diagnostic;
  const parts = [renderOne(`${severity}: ${message} [${code}]`, span)];
  for (const note of notes ?? []) parts.push(renderOne(`note: ${note.message}`, note.span));
  return parts.join('\n');
}

/** All of them, in the order of the source where they lie in one file, each followed by a line break. */
export function renderDiagnostics(list: readonly Diagnostic[]): string {
  return list.map((d) => `${renderDiagnostic(d)}\n`).join('');
}

function renderOne(message: string, span: Span | undefined): string {
  if (span === undefined) return message;
  const { path, line, column, lineText } = positionOf(span.file, span.start);
  const head = `${path}:${line}:${column}: ${message}`;
  if (lineText.trim() === '') return head;
  const length = Math.max(1, Math.min(span.end - span.start, lineText.length - column + 1));
  // Tabs stay tabs under the source line, so that the caret lands where the eye expects it.
  const indent = lineText.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return `${head}\n${lineText}\n${indent}^${'~'.repeat(length - 1)}`;
}
