import type { EvictionName } from '../cache/policy.js';
import type { MapErrorCode } from './errors.js';
import type { PagerCounters } from './pager.js';
import type { DiskBackend } from './stores/disk.js';
import type { RemoteBackend } from './stores/remote.js';

/** Where the pages are kept while they have no frame. */
export type Backend = { readonly kind: 'mem' } | DiskBackend | RemoteBackend;

/** What the thread that serves the faults is started with. */
export interface ServeOptions {
  readonly fd: number;
  readonly address: bigint;
  readonly bytes: number;
  readonly frames: number;
  readonly eviction: EvictionName;
  readonly prefetch: number;
  readonly backend: Backend;
}

export interface MapStatus extends PagerCounters {
  /** Pages that have a frame now. */
  readonly resident: number;
}

export type Ask = { readonly id: number; readonly ask: 'sync' | 'status' | 'end' };

/** An answer to `id`, or of -1: ready, or why not. */
export interface Answer {
  readonly id: number;
  readonly error?: { readonly code: MapErrorCode; readonly message: string };
  readonly status?: MapStatus;
}
