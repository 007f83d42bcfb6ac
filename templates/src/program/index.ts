export * from './capability.js';
export * from './coherence-names.js';
export * from './coherence-numbers.js';
export * from './names.js';
export * from './numbers.js';
