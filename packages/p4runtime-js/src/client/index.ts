export { type ArbitrationState, ClientArbitration, showArbitration } from './arbitration-state.js';
export { ensurePipeline, type PipelineOutcome, pipelineCookie } from './ensure-pipeline.js';
export type { HeartbeatOptions } from './heartbeat.js';
export type { ClientOptions } from './options.js';
export type { OrderedWriteOptions } from './order.js';
export { type ClientEvents, P4RuntimeClient } from './p4runtime-client.js';
export { type BackoffOptions, backoffMs, type SessionsOptions, sessions } from './reconnect.js';
export type { TlsOptions } from './tls.js';
export type { WriteOptions } from './write.js';
