export * from './names.js';
export * from './numbers.js';
