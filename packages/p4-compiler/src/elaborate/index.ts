export * from './architecture.js';
export * from './arithmetic.js';
export { elaborate } from './elaborate.js';
export * from './evaluate.js';
export type * from './instance.js';
export * from './names.js';
export * from './reach.js';
export * from './types.js';
export * from './walk.js';
