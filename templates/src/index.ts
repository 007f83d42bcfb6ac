export * from './generate/index.js';
export * from './program/index.js';
export { renderProgram, TemplateError, type TemplateErrorCode } from './render/index.js';
export * from './spec/index.js';
