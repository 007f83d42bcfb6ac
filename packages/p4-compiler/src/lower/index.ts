export * from './graph.js';
export * from './masks.js';
export * from './source-info.js';
export * from './storage.js';
export * from './uses.js';
