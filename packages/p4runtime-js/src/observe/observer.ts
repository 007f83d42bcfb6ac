import type { Code } from '../errors/code.js';
import type { Entity, StreamMessageRequest, StreamMessageResponse } from '../messages.js';

export type MethodName =
  | 'Write'
  | 'Read'
  | 'SetForwardingPipelineConfig'
  | 'GetForwardingPipelineConfig'
  | 'Capabilities';

/** A call that ended. The StreamChannel is no call here: see `StreamEvent` and `SessionEvent`. */
export interface CallEvent {
  readonly method: MethodName;
  readonly code: Code;
  /** From the request to the last of the answer, by a clock that never jumps. */
  readonly durationMs: number;
}

/** Updates of one Write that are of one type and kind and had one outcome. */
export interface UpdatesEvent {
  readonly type: 'INSERT' | 'MODIFY' | 'DELETE' | 'UNSPECIFIED';
  readonly kind: EntityKind;
  readonly code: Code;
  readonly count: number;
}

/** What an update or a pattern is about; `none` where it is not set. */
export type EntityKind = NonNullable<Entity['entity']> | 'none';

/** A message of a StreamChannel; `dropped` is one that a controller was too slow for, or that nobody was there to get. */
export interface StreamEvent {
  readonly direction: 'sent' | 'received' | 'dropped';
  readonly kind: NonNullable<StreamMessageRequest['update'] | StreamMessageResponse['update']> | 'none';
}

/**
 * - `connected`: a session began - `ended`: it is over; `code` is OK after `close()`
 * - `retry`: connecting failed so many times in a row, and is tried again after a wait
 */
export type SessionEvent =
  | { readonly event: 'connected' }
  | { readonly event: 'ended'; readonly code: Code }
  | { readonly event: 'retry'; readonly code: Code; readonly failures: number; readonly waitMs: number };

/**
 * Told what happens, for metrics. Every label is one of a small, fixed set: no name, address or value of a program is in
 * it. An observer that throws is warned about once and otherwise ignored.
 */
export interface Observer {
  call?(event: CallEvent): void;
  updates?(event: UpdatesEvent): void;
  stream?(event: StreamEvent): void;
  /** Clients only. */
  session?(event: SessionEvent): void;
}
