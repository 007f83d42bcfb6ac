import type { ServerSpec } from '@bluebridge/templates';
import { LRUCache } from 'lru-cache';
import type { Intent } from '../intent/intent.js';

/** Requests whose placement is remembered, so that a repetition goes where the first one went. */
const REMEMBERED = 65_536;

/** Chooses the server for an ALLOC that was sent to the fabric. */
export class Placement {
  private readonly placed = new LRUCache<string, { node: number; size: bigint }>({
    max: REMEMBERED,
    dispose: ({ node, size }) => this.promise(node, -size),
  });
  /** Bytes that were placed on a server and not yet seen allocated. */
  private readonly promised = new Map<number, bigint>();

  constructor(private readonly intent: Intent) {}

  /**
   * The server with the most room, or the one that got the same request before.
   * @param size bytes, a power of two
   * @returns undefined if none has room
   */
  place(client: number, tag: number, size: bigint): ServerSpec | undefined {
    const before = this.placed.get(keyOf(client, tag));
    const again = before && this.intent.server(before.node);
    if (again) return again;
    const fitting = this.intent.fabric.servers.filter(
      (s) => !this.intent.draining.has(s.name) && this.free(s) >= size,
    );
    fitting.sort((a, b) => Number(this.unpromised(b) - this.unpromised(a)));
    const chosen = fitting[0];
    if (chosen) this.placeOn(chosen, client, tag, size);
    return chosen;
  }

  /** The client has chosen the server itself. */
  placeOn({ node }: ServerSpec, client: number, tag: number, size: bigint): void {
    const key = keyOf(client, tag);
    if (this.placed.has(key)) return;
    this.placed.set(key, { node, size });
    this.promise(node, size);
  }

  /** The server has answered: what was promised is counted as allocated from now on. */
  answered(client: number, tag: number): void {
    const entry = this.placed.peek(keyOf(client, tag));
    if (!entry) return;
    this.promise(entry.node, -entry.size);
    entry.size = 0n;
  }

  private free(server: ServerSpec): bigint {
    return BigInt(server.capacity) - this.intent.allocations.used(server.node);
  }

  private unpromised(server: ServerSpec): bigint {
    return this.free(server) - (this.promised.get(server.node) ?? 0n);
  }

  private promise(node: number, size: bigint): void {
    this.promised.set(node, (this.promised.get(node) ?? 0n) + size);
  }
}

const keyOf = (client: number, tag: number): string => `${client}:${tag}`;
