/** What a switch program with `features.coherence` has beside the names of names.ts; with mode `home` the client action alone. */

export const COHERENCE_TABLES = {
  /**
   * Where the copies of a page are kept account of: prefix of node ++ pointer (80 bits) -> `cached` or `closing` (slot, generation,
   * log2 of the region's bytes), or `uncached(generation)`. A miss is BUSY.
   */
  directory: { name: 'directory', keys: { page: 'meta.page' } },
  /** What a replica of a multicast is (egress): its instance -> `client_replica` or `server_replica`. */
  replicas: { name: 'replicas', keys: { instance: 'standard_metadata.egress_rid' } },
} as const;

/** Actions of entries, with their parameters in order. */
export const COHERENCE_ACTIONS = {
  /** Of the source guard, in the place of `client(domain)`. `bit_of` is 1 << index; epoch 0 is nobody's. */
  client: { name: 'client', params: ['domain', 'index', 'bit_of', 'epoch', 'writeback_epoch'] },
  cached: { name: 'cached', params: ['at', 'of_generation', 'of_region'] },
  closing: { name: 'closing', params: ['at', 'of_generation', 'of_region'] },
  uncached: { name: 'uncached', params: ['of_generation'] },
  clientReplica: { name: 'client_replica', params: ['bit_of', 'node', 'mac'] },
  serverReplica: { name: 'server_replica', params: [] },
} as const;

/** Header of a frame from the controller: with `process` 1 it takes the way of a request. */
export const COHERENT_PACKET_OUT = {
  name: 'packet_out',
  fields: ['egress_port', 'padding', 'process'],
} as const;

/** Told of each GETS or GETM for a page without a slot. */
export const MISS_DIGEST = { name: 'miss_t', fields: ['op', 'source', 'node', 'pointer'] } as const;
