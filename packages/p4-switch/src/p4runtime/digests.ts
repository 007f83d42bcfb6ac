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
import type { Digest } from '../switch/control-plane.js';
import { type Bindings, type BoundDigest, find } from './bindings.js';
import { digestData } from './data.js';
import { alreadyExists, invalid, notFound } from './errors.js';
import type { Timers } from './timers.js';

type Config = p4.v1.DigestEntryConfig;

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
  /** Lists that were sent and not acknowledged, oldest first: list id -> what is in it. */
  readonly unacknowledged: Map<bigint, readonly string[]>;
  /** The specification's cache: what must not be sent again before that time (nanoseconds). */
  readonly cache: Map<string, bigint>;
}

/**
 * Gathers digests into lists (specification, "DigestEntry"): a list leaves when it is full or its oldest message has waited for
 * `max_timeout_ns`; what is in a list that was not acknowledged is not sent again until `ack_timeout_ns` is over. A digest
 * that no controller has configured is not gathered.
 */
export class DigestStreams {
  private readonly streams = new Map<number, Stream>();
  private readonly ids = new Map<string, number>();
  /** Messages in lists that reached no controller. */
  dropped = 0;

  constructor(
    private readonly bindings: Bindings,
    private readonly timers: Timers,
    private readonly send: (list: Init<DigestList>) => number,
  ) {
    for (const [id, { name }] of bindings.digests) this.ids.set(name, id);
  }

  /** @throws P4RuntimeError */
  write(type: UpdateType, entry: DigestEntry): void {
    const bound = find(this.bindings.digests, entry.digestId, 'digest');
    const stream = this.streams.get(entry.digestId);
    if (type === UpdateType.INSERT) {
      if (stream) throw alreadyExists(`digest ${bound.name} is configured already; modify it`);
    } else if (!stream) throw notFound(`digest ${bound.name} is not configured; insert it`);
    if (type === UpdateType.DELETE) {
      stream!.cancel?.();
      this.streams.delete(entry.digestId);
      return;
    }
    const config = checked(entry.config, bound.name);
    if (stream) this.reconfigure(stream, config);
    else this.streams.set(entry.digestId, newStream(bound, config));
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
    const key = values.join();
    if (stream.waiting.has(key) || this.suppressed(stream, key)) return;
    const { type } = stream.bound;
    stream.waiting.set(key, digestData(values, list.fields, type, this.bindings.p4info.typeInfo));
    this.sendOrWait(stream);
  }

  /** One that comes late, or for a list from before a change, changes nothing. @throws P4RuntimeError NOT_FOUND */
  acknowledge({ digestId, listId }: DigestListAck): void {
    find(this.bindings.digests, digestId, 'digest');
    const stream = this.streams.get(digestId);
    if (stream) forget(stream, listId);
  }

  close(): void {
    for (const stream of this.streams.values()) stream.cancel?.();
    this.streams.clear();
  }

  private reconfigure(stream: Stream, config: Config): void {
    stream.config = config;
    stream.cancel?.();
    stream.cancel = undefined;
    if (config.ackTimeoutNs === 0n) for (const id of [...stream.unacknowledged.keys()]) forget(stream, id);
    if (stream.waiting.size > 0) this.sendOrWait(stream);
  }

  private sendOrWait(stream: Stream): void {
    const { maxListSize, maxTimeoutNs } = stream.config;
    const full = stream.waiting.size >= (maxListSize > 0 ? Math.min(maxListSize, MAX_LIST) : MAX_LIST);
    if (full || maxTimeoutNs === 0n) return this.flush(stream);
    stream.cancel ??= this.timers.after(Number(maxTimeoutNs / NS_PER_MS), () => this.flush(stream));
  }

  private flush(stream: Stream): void {
    stream.cancel?.();
    stream.cancel = undefined;
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
    if (ackTimeoutNs === 0n) return;
    stream.unacknowledged.set(listId, keys);
    for (const key of keys) stream.cache.set(key, timestamp + ackTimeoutNs);
    const [oldest] = stream.unacknowledged.keys();
    if (stream.unacknowledged.size > MAX_UNACKNOWLEDGED) forget(stream, oldest!);
  }

  private suppressed(stream: Stream, key: string): boolean {
    const until = stream.cache.get(key);
    if (until === undefined) return false;
    if (this.timers.now() < until) return true;
    stream.cache.delete(key);
    return false;
  }
}

const newStream = (bound: BoundDigest, config: Config): Stream => ({
  bound,
  config,
  waiting: new Map(),
  cancel: undefined,
  lastListId: 0n,
  unacknowledged: new Map(),
  cache: new Map(),
});

function forget(stream: Stream, listId: bigint): void {
  for (const key of stream.unacknowledged.get(listId) ?? []) stream.cache.delete(key);
  stream.unacknowledged.delete(listId);
}

function checked(config: Config | null, name: string): Config {
  if (!config) throw invalid(`digest ${name}: the entry has no config`);
  const { maxTimeoutNs, maxListSize, ackTimeoutNs } = config;
  for (const [field, value] of Object.entries({ maxTimeoutNs, maxListSize, ackTimeoutNs })) {
    if (value < 0) throw invalid(`digest ${name}: ${field} is 0 or more, not ${value}`);
  }
  return config;
}
