export { type Compiled, type CompileOptions, compile, p4infoOf } from './compile.js';
export * from './diagnostics.js';
export type * from './emit/index.js';
export { renderDiagnostic, renderDiagnostics } from './render-diagnostics.js';
export * from './tofino/index.js';
