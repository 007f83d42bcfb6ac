import { Code } from '../../errors/code.js';
import { P4RuntimeError } from '../../errors/p4runtime-error.js';

/** What Stratum's RET_CHECK answers. */
export const invalid = (message: string): P4RuntimeError =>
  new P4RuntimeError(message, Code.INVALID_ARGUMENT);

export const unimplemented = (message: string): P4RuntimeError =>
  new P4RuntimeError(message, Code.UNIMPLEMENTED);

export const notFound = (message: string): P4RuntimeError => new P4RuntimeError(message, Code.NOT_FOUND);
