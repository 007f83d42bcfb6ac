/** TEMPLATE_SYNTAX: not a Handlebars template; TEMPLATE_NAME: it uses a name or partial that does not exist. */
export type TemplateErrorCode = 'TEMPLATE_SYNTAX' | 'TEMPLATE_NAME';

/** A template that does not compile or render. `line` and `column` count from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  constructor(
    readonly code: TemplateErrorCode,
    readonly file: string,
    readonly line: number,
    readonly column: number,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${file}:${line}:${column}: ${reason}`, options);
  }
}
