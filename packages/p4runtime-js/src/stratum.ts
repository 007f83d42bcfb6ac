export { BfPipelineConfig, BfPipelineConfigProfile } from './generated/stratum.js';
