/**
 * What the switch program calls things, on every target: aliases as P4Info gives them. The templates write these
 * names out, so that a program reads as P4; a test holds both against the P4Info of every rendered program.
 */

export const TABLES = {
  /** Who is behind a port: (port, node) -> `client(domain)` or `server()`. */
  sourceGuard: {
    name: 'source_guard',
    keys: { port: 'standard_metadata.ingress_port', node: 'hdr.ipv6.src_node' },
  },
  /** Const: what an operation needs. */
  operations: { name: 'operations', keys: { op: 'hdr.ipv6.dst_op' } },
  /** What a domain may do: (domain, node, pointer prefix) -> `allow(rights)`. */
  permission: {
    name: 'permission',
    keys: { domain: 'meta.domain', node: 'hdr.ipv6.dst_node', pointer: 'hdr.ipv6.dst_pointer' },
  },
  /** Where an address is at home: prefix of node ++ pointer (80 bits) -> `route` or `route_to_node`. */
  routes: { name: 'routes', keys: { home: 'meta.home' } },
  /** Ordinary traffic: destination MAC -> `forward(port)`. Absent where the feature is off. */
  stations: { name: 'stations', keys: { mac: 'hdr.ethernet.dst' } },
} as const;

/** Tables of fabrics of several switches; the program of a single switch has none of them. */
export const FABRIC_TABLES = {
  /** Ports that lead to other switches: ingress port -> `trunk()`. */
  trunks: { name: 'trunks', keys: { port: 'standard_metadata.ingress_port' } },
  /** Where an address is at home: prefix of node ++ pointer (80 bits) -> `here` or `elsewhere(switch)`. */
  homes: { name: 'homes', keys: { home: 'meta.home' } },
  /** Who is behind a node that another switch has let in: node -> `admitted(domain)`. */
  origins: { name: 'origins', keys: { node: 'hdr.ipv6.src_node' } },
  /** How to come to another switch: its number -> a group of `hop(port)`, of which a hash chooses one. */
  nextHops: { name: 'next_hops', keys: { destination: 'meta.destination' } },
} as const;

export const FABRIC_ACTIONS = {
  trunk: { name: 'trunk', params: [] },
  here: { name: 'here', params: [] },
  elsewhere: { name: 'elsewhere', params: ['destination'] },
  admitted: { name: 'admitted', params: ['domain'] },
  hop: { name: 'hop', params: ['port'] },
} as const;

/** The action profile of `next_hops`. */
export const PATHS_PROFILE = 'paths';

/** Actions of entries, with their parameters in order. */
export const ACTIONS = {
  client: { name: 'client', params: ['domain'] },
  server: { name: 'server', params: [] },
  allow: { name: 'allow', params: ['rights'] },
  route: { name: 'route', params: ['port', 'mac'] },
  routeToNode: { name: 'route_to_node', params: ['port', 'mac', 'node'] },
  forward: { name: 'forward', params: ['port'] },
} as const;

export const COUNTERS = {
  /** Indexed by reason. */
  refused: 'refused',
  /** Indexed by cause. */
  punted: 'punted',
  /** Indexed by ORDINARY. Absent where the feature is off. */
  ordinary: 'ordinary',
  /** Direct counters of the tables of the same name. */
  direct: {
    sourceGuard: 'source_guard_counter',
    permission: 'permission_counter',
    routes: 'routes_counter',
  },
} as const;

/** Headers of frames from and to the controller. */
export const PACKET_IN = { name: 'packet_in', fields: ['ingress_port', 'padding', 'cause'] } as const;
export const PACKET_OUT = { name: 'packet_out', fields: ['egress_port', 'padding'] } as const;

/** What is told of each refused request where `features.refusalLog` is on. */
export const REFUSAL_DIGEST = {
  name: 'refusal_t',
  fields: ['reason', 'ingress_port', 'source', 'op', 'node', 'pointer'],
} as const;
