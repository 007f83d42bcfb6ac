import type { Span } from './syntax/source.js';

/**
 * What the compiler has to say about a program. `code` is stable and listed in the package's README:
 * P4C1xx preprocessing, P4C2xx syntax, P4C3xx names and types, P4C4xx elaboration, P4C5xx target limits,
 * P4C9xx "right P4_16, but this compiler does not do it yet".
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly span?: Span;
  readonly notes?: readonly { readonly message: string; readonly span?: Span }[];
}

/** Collects diagnostics; a pass reports and goes on where it can, so that one run tells a person everything. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];
  get hasErrors(): boolean {
    return this.list.some((d) => d.severity === 'error');
  }
  error(code: string, message: string, span?: Span, notes?: Diagnostic['notes']): void {
    this.list.push({ severity: 'error', code, message, span, notes });
  }
  warning(code: string, message: string, span?: Span, notes?: Diagnostic['notes']): void {
    this.list.push({ severity: 'warning', code, message, span, notes });
  }
}
