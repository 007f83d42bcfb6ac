export type * from './ast/declarations.js';
export type * from './ast/expressions.js';
export type * from './ast/node.js';
export type * from './ast/statements.js';
export type * from './ast/types.js';
