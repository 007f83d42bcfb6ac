export { type ApiOptions, type ApiTls, buildApi, type MetricsSource } from './build.js';
export {
  type ApiErrorCode,
  type ApiFailure,
  ApiSetupError,
  type ApiSetupErrorCode,
  HTTP_STATUS,
} from './errors.js';
export { isLoopback, type ListenAt, parseListen } from './listen.js';
export { readOrMakeToken, readSecret, readToken } from './secrets.js';
export { ControllerApi } from './server.js';
