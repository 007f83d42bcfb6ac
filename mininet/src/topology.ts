import { MininetError } from './errors.js';

/** What a person asked for: a named topology, or a specification file. */
export type Topology = Named | { readonly kind: 'spec'; readonly file: string };

/** One that we make ourselves, of switches that have hosts (`edges`) and switches that have none (`spines`). */
export type Named =
  | { readonly kind: 'single' }
  | { readonly kind: 'linear'; readonly edges: number }
  | { readonly kind: 'leaf-spine'; readonly edges: number; readonly spines: number };

const VALID = 'single, linear,N, leaf-spine,L,S, or a specification file such as examples/quickstart.yaml';

/** At most so many switches. */
export const MAX_SWITCHES = 64;

/** @throws MininetError MININET_USAGE */
export function parseTopology(text: string): Topology {
  if (text === 'single') return { kind: 'single' };
  const [kind, ...numbers] = text.split(',');
  if (kind === 'linear' || kind === 'leaf-spine') {
    const counts = numbers.map(Number);
    const wanted = kind === 'linear' ? 1 : 2;
    const right = counts.length === wanted && counts.every((n) => Number.isInteger(n) && n >= 1);
    if (!right) {
      const example = kind === 'linear' ? 'linear,3' : 'leaf-spine,4,2 (leaves, spines)';
      throw usage(`found topology "${text}", expected numbers of switches, for example ${example}`);
    }
    const [edges = 1, spines = 0] = counts;
    if (edges + spines > MAX_SWITCHES) {
      throw usage(`found ${edges + spines} switches in ${text}, expected at most ${MAX_SWITCHES}`);
    }
    return kind === 'linear' ? { kind, edges } : { kind, edges, spines };
  }
  if (/\.(ya?ml|json)$/.test(text) || text.includes('/')) return { kind: 'spec', file: text };
  throw usage(`found topology "${text}", expected ${VALID}`);
}

/** At most so many hosts, servers and clients together: client nodes end where those of servers begin. */
export const MAX_HOSTS = 255;

/** Ports to other switches are counted from here, beyond those of hosts. */
const FIRST_TRUNK = 257;

export interface HostCounts {
  readonly servers: number;
  readonly clients: number;
}

/** How many hosts a topology has unless they are given: two of each, and one of each for every switch that has hosts where these are more. */
export function defaultHosts(topology: Named): HostCounts {
  const each = topology.kind === 'single' ? 2 : Math.max(2, topology.edges);
  return { servers: each, clients: each };
}

/**
 * The specification of a named topology: hosts h1.., the first `servers` of them memory servers (nodes 0x101..), the others clients (nodes 1..), dealt out to the switches
 * with hosts one after the other. `single` and `linear`: switches s1.., each with a cable to the next. `leaf-spine`: leaf1.. and spine1.., a cable between any two of the one and the other.
 * @param features as in a specification
 * @throws MininetError MININET_USAGE
 */
export function namedSpec(
  topology: Named,
  { servers, clients }: HostCounts,
  features: { readonly broadcast?: boolean } = {},
): string {
  if (servers < 1) throw usage('found no memory server, expected at least one: --bb-servers 1');
  const hosts = servers + clients;
  if (hosts > MAX_HOSTS) {
    throw usage(
      `found ${servers} servers and ${clients} clients, expected at most ${MAX_HOSTS} hosts: there are no more node ids for them`,
    );
  }
  const { edges, spines, links } = switchesOf(topology);
  const host = (i: number, node: number) => ({
    name: `h${i}`,
    node,
    switch: edges[(i - 1) % edges.length],
    port: Math.ceil(i / edges.length),
  });
  const spec = {
    name: topology.kind,
    features,
    switches: [...edges, ...spines].map((name) => ({ name })),
    links,
    servers: numbers(servers).map((i) => ({ ...host(i, 0x100 + i), capacity: '64MiB' })),
    clients: numbers(clients).map((i) => host(servers + i, i)),
  };
  // JSON is YAML.
  return `${JSON.stringify(spec, null, 2)}\n`;
}

function switchesOf(topology: Named) {
  if (topology.kind === 'leaf-spine') {
    const edges = numbers(topology.edges).map((i) => `leaf${i}`);
    const spines = numbers(topology.spines).map((i) => `spine${i}`);
    const links = edges.flatMap((leaf, l) =>
      spines.map((spine, s) => ({ between: [`${leaf}:${FIRST_TRUNK + s}`, `${spine}:${FIRST_TRUNK + l}`] })),
    );
    return { edges, spines, links };
  }
  const edges = numbers(topology.kind === 'single' ? 1 : topology.edges).map((i) => `s${i}`);
  const links = edges
    .slice(1)
    .map((name, i) => ({ between: [`${edges[i]}:${FIRST_TRUNK + 1}`, `${name}:${FIRST_TRUNK}`] }));
  return { edges, spines: [], links };
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const usage = (message: string): MininetError => new MininetError('MININET_USAGE', message);
