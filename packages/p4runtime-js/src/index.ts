export { Code, codeName } from './errors/code.js';
export { P4RuntimeError, type P4RuntimeErrorOptions, type UpdateFailure } from './errors/p4runtime-error.js';
export * from './messages.js';
