import type { ChannelOptions } from '@grpc/grpc-js';
import type { ElectionId } from '../arbitration/election-id.js';
import type { Observer } from '../observe/observer.js';
import type { HeartbeatOptions } from './heartbeat.js';
import type { TlsOptions } from './tls.js';

export interface ClientOptions {
  /** `host:port`, `[::1]:port` or `unix:/path`. */
  readonly address: string;
  readonly deviceId: bigint | number;
  /** The highest one is primary. `null` is unset: a backup that never becomes primary. 1 unless given. */
  readonly electionId?: bigint | number | null;
  /** Empty or left out: the default role, which may do everything. */
  readonly role?: string;
  /** What the role may do, in the terms of the server's own message; sent with each arbitration. */
  readonly roleConfig?: { readonly typeUrl: string; readonly value: Uint8Array };
  /** Left out: no TLS. */
  readonly tls?: TlsOptions;
  /** For Write and other small calls; 10 s unless given. */
  readonly deadlineMs?: number;
  /** For reads and pipelines, which may be big; 60 s unless given. */
  readonly longDeadlineMs?: number;
  /** Updates in one Write; 256 unless given, as the error details of some 500 can break a connection. */
  readonly batchSize?: number;
  /** Finds a connection that is dead without a word; every 2 s with 1 s for the answer unless given. See `Heartbeat`. */
  readonly heartbeat?: HeartbeatOptions;
  /** Told of calls, updates, stream messages and sessions, for metrics. */
  readonly observer?: Observer;
}

export const DEFAULTS = {
  deadlineMs: 10_000,
  longDeadlineMs: 60_000,
  batchSize: 256,
  heartbeat: { intervalMs: 2000, timeoutMs: 1000 },
} as const;

export function electionIdOf(options: ClientOptions): ElectionId {
  if (options.electionId === null) return undefined;
  return BigInt(options.electionId ?? 1);
}

export function channelOptions(options: ClientOptions): ChannelOptions {
  return {
    // A server may answer a whole read in one message, of any size.
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // A connection of its own: what breaks one session does not break another in the same process.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    ...(options.tls?.serverName ? { 'grpc.ssl_target_name_override': options.tls.serverName } : {}),
  };
}
