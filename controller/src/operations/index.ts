export type { Leading, OperationsContext } from './context.js';
export { ControllerOperations } from './controller-operations.js';
export { OperationError, type OperationErrorCode } from './errors.js';
export type * from './operations.js';
