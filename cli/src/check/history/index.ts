export { checkHistory, type Verdict, type Violation } from './linearizable.js';
export { describe, type Operation, type Step } from './operation.js';
