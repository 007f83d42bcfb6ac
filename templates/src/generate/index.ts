export { GenerateError } from './errors.js';
export { type Generated, type GenerateOptions, generate } from './generate.js';
