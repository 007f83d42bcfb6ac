export * as v1 from './generated/p4-v1.js';
export * as config from './p4-config.js';
