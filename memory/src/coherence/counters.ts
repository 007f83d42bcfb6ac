/** What a coherent client has done since it started. */
export interface CoherenceCounters {
  /** Accesses that a copy served at once, and those that had to wait. */
  hits: number;
  misses: number;
  /** Pages fetched to read, to write, and written without a new copy of the bytes. */
  shared: number;
  exclusive: number;
  upgrades: number;
  /** Pages fetched ahead. */
  prefetched: number;
  /** Copies given up for want of room. */
  evictions: number;
  writebacks: number;
  /** Probes that came, those answered through the home, and those answered with an ACK. */
  probes: number;
  forwards: number;
  acks: number;
  /** Pages fetched that a probe overtook. */
  poisoned: number;
  /** Accesses to pages without a directory entry. */
  uncachedReads: number;
  uncachedWrites: number;
  /** Dirty pages that could not be written back, because the session was over. */
  lost: number;
  /** Sessions begun. */
  joins: number;
  complaints: number;
  notices: number;
}

export function newCoherenceCounters(): CoherenceCounters {
  return {
    hits: 0,
    misses: 0,
    shared: 0,
    exclusive: 0,
    upgrades: 0,
    prefetched: 0,
    evictions: 0,
    writebacks: 0,
    probes: 0,
    forwards: 0,
    acks: 0,
    poisoned: 0,
    uncachedReads: 0,
    uncachedWrites: 0,
    lost: 0,
    joins: 0,
    complaints: 0,
    notices: 0,
  };
}
