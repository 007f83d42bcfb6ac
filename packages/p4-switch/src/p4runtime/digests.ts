import {
  type DigestEntry,
  type DigestList,
  type DigestListAck,
  type Entity,
  type Init,
  type P4Data,
  type p4,
  UpdateType,
} from 'p4runtime-js';
import type { Digest, DigestInfo } from '../switch/control-plane.js';
import { type Bindings, type Bound, type DataTypeSpec, find } from './bindings.js';
import { digestData } from './data.js';
import { invalid, notFound } from './errors.js';

/** Time from outside, so that tests need no sleeping. */
export interface Timers {
  /** Nanoseconds since the Unix epoch. */
  now(): bigint;
  /** Calls back once after so many milliseconds; the result cancels it. */
  after(ms: number, callback: () => void): () => void;
}

type Config = p4.v1.DigestEntryConfig;
type BoundDigest = Bound<DigestInfo> & { readonly type: DataTypeSpec | null };

const NS_PER_MS = 1_000_000n;
/** A list that nobody acknowledges must not grow for ever, nor hold back more than this many lists. */
const MAX_LIST = 1024;
const MAX_UNACKNOWLEDGED = 1024;

interface Stream {
  readonly bound: BoundDigest;
  config: Config;
  readonly waiting: Map<string, Init<P4Data>>;
  cancel: (() => void) | undefined;
  lastListId: bigint;
  /** Content of lists that were sent and not acknowledged: list id -> keys and when they stop to suppress duplicates. */
  readonly unacknowledged: Map<bigint, { readonly keys: readonly string[]; readonly until: bigint }>;
}

/**
 * Gathers digests into lists (specification, "DigestEntry"): a list leaves when it is full or its oldest message has waited for
 * `max_timeout_ns`; what is in a list that was not acknowledged is not sent again until `ack_timeout_ns` is over. A digest
 * that no controller has configured is not gathered.
 */
export class DigestStreams {
  private readonly streams = new Map<number, Stream>();
  private readonly ids = new Map<string, number>();
  dropped = 0;

  constructor(
    private readonly bindings: Bindings,
    private readonly timers: Timers,
    private readonly send: (list: Init<DigestList>) => number,
  ) {
    for (const [id, { name }] of bindings.digests) this.ids.set(name, id);
  }

  write(type: UpdateType, entry: DigestEntry): void {
    const bound = find(this.bindings.digests, entry.digestId, 'digest');
    const stream = this.streams.get(entry.digestId);
    if (type === UpdateType.DELETE) {
      if (!stream) throw notFound(`digest ${bound.name} is not configured`);
      stream.cancel?.();
      this.streams.delete(entry.digestId);
      return;
    }
    const { config } = entry;
    if (!config) throw invalid(`digest ${bound.name}: the entry has no config`);
    if (type === UpdateType.INSERT && stream)
      throw invalid(`digest ${bound.name} is configured already; modify it`);
    if (type === UpdateType.MODIFY && !stream)
      throw notFound(`digest ${bound.name} is not configured; insert it`);
    if (stream) stream.config = config;
    else {
      this.streams.set(entry.digestId, {
        bound: bound as BoundDigest,
        config,
        waiting: new Map(),
        cancel: undefined,
        lastListId: 0n,
        unacknowledged: new Map(),
      });
    }
  }

  *read(pattern: DigestEntry): Generator<Init<Entity>> {
    if (pattern.digestId !== 0) find(this.bindings.digests, pattern.digestId, 'digest');
    for (const [digestId, { config }] of this.streams) {
      if (pattern.digestId === 0 || pattern.digestId === digestId)
        yield { digestEntry: { digestId, config } };
    }
  }

  /** The data plane has made a digest. */
  add({ list, values }: Digest): void {
    const stream = this.streams.get(this.ids.get(list.name) ?? 0);
    if (!stream) return;
    const key = values.join(',');
    if (stream.waiting.has(key) || this.suppressed(stream, key)) return;
    const { type } = stream.bound;
    stream.waiting.set(key, digestData(values, list.fields, type, this.bindings.p4info.typeInfo));
    const { maxListSize, maxTimeoutNs } = stream.config;
    const full = maxListSize > 0 && stream.waiting.size >= maxListSize;
    if (full || maxTimeoutNs === 0n || stream.waiting.size >= MAX_LIST) this.flush(stream);
    else if (!stream.cancel) {
      stream.cancel = this.timers.after(Number(maxTimeoutNs / NS_PER_MS), () => this.flush(stream));
    }
  }

  acknowledge({ digestId, listId }: DigestListAck): void {
    const { name } = find(this.bindings.digests, digestId, 'digest');
    if (!this.streams.get(digestId)?.unacknowledged.delete(listId)) {
      throw invalid(`digest ${name}: no list ${listId} waits for an acknowledgement`);
    }
  }

  close(): void {
    for (const stream of this.streams.values()) stream.cancel?.();
    this.streams.clear();
  }

  private flush(stream: Stream): void {
    stream.cancel?.();
    stream.cancel = undefined;
    if (stream.waiting.size === 0) return;
    const keys = [...stream.waiting.keys()];
    const data = [...stream.waiting.values()];
    stream.waiting.clear();
    const listId = ++stream.lastListId;
    const timestamp = this.timers.now();
    const reached = this.send({ digestId: stream.bound.id, listId, data, timestamp });
    if (reached === 0) {
      this.dropped += data.length;
      return;
    }
    const { ackTimeoutNs } = stream.config;
    stream.unacknowledged.set(listId, { keys, until: timestamp + ackTimeoutNs });
    for (const id of stream.unacknowledged.keys()) {
      if (stream.unacknowledged.size <= MAX_UNACKNOWLEDGED) break;
      stream.unacknowledged.delete(id);
    }
  }

  private suppressed(stream: Stream, key: string): boolean {
    if (stream.config.ackTimeoutNs === 0n) return false;
    const now = this.timers.now();
    for (const [id, { keys, until }] of stream.unacknowledged) {
      if (until <= now) stream.unacknowledged.delete(id);
      else if (keys.includes(key)) return true;
    }
    return false;
  }
}
