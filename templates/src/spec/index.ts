export type { ClientSpec, Fabric, Features, ServerSpec, SwitchSpec, TableSizes, Target } from './fabric.js';
export { type InitOptions, initSpec } from './init.js';
export { loadFabric, parseFabric } from './load.js';
export { SpecError, type SpecErrorCode, type SpecProblem } from './problems.js';
export { specJsonSchema } from './schema.js';
