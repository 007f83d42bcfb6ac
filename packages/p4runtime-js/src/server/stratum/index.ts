export { STRATUM_API_VERSION, StratumLike, type StratumLikeOptions } from './device.js';
export { MAX_PRIORITY as STRATUM_MAX_PRIORITY } from './writes.js';
