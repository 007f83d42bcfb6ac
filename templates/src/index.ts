export * from './spec/fabric.js';
