export { keyName } from './key-names.js';
export { p4info } from './p4info.js';
export { propertyExtern } from './resources.js';
export { findProperty } from './tables.js';
