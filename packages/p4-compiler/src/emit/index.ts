export type * from './bmv2-actions.js';
export type * from './bmv2-json.js';
export type * from './bmv2-parser.js';
export type * from './bmv2-pipeline.js';
export type * from './bmv2-values.js';
export { bmv2Json } from './program.js';
