export * as v1 from './generated/p4-config-v1.js';
