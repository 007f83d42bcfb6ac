export { MAX_COHERENT_CLIENTS } from './coherence.js';
export type {
  ClientSpec,
  Coherence,
  Fabric,
  Features,
  Impairments,
  LinkSpec,
  ServerSpec,
  SwitchPort,
  SwitchSpec,
  TableSizes,
  Target,
} from './fabric.js';
export { type InitOptions, initSpec } from './init.js';
export { loadFabric, parseFabric } from './load.js';
export { SpecError, type SpecErrorCode, type SpecProblem } from './problems.js';
export { specJsonSchema } from './schema.js';
