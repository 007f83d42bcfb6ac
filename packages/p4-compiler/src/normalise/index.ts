export * from './build.js';
export type * from './core.js';
export { normalise, type PackageShape, V1_SWITCH } from './normalise.js';
export * from './places.js';
