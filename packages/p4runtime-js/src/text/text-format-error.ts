import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';

/** A mistake in a text-format file. `line` and `column` count from 1; columns are UTF-16 units. */
export class TextFormatError extends P4RuntimeError {
  override readonly name = 'TextFormatError';
  readonly line: number;
  readonly column: number;

  constructor(source: string, line: number, column: number, problem: string) {
    super(`${source}:${line}:${column}: ${problem}`, Code.INVALID_ARGUMENT);
    this.line = line;
    this.column = column;
  }
}
