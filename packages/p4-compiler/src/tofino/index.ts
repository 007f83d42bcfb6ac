export {
  compileForTofino,
  findTofinoDriver,
  type TofinoBuild,
  type TofinoCompileOptions,
} from './backend.js';
export { TofinoError, type TofinoErrorCode } from './errors.js';
export { type PackedPipeline, packPipeline } from './pack.js';
