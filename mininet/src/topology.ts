import { MininetError } from './errors.js';

/** What a person asked for: a named topology, or a specification file. */
export type Topology = { readonly kind: 'single' } | { readonly kind: 'spec'; readonly file: string };

const VALID = 'single, or a specification file such as examples/quickstart.yaml';
const SEVERAL = /^(linear(,\d+)?|leaf-spine(,\d+,\d+)?)$/;

/**
 * `single` and files. Topologies of several switches are known by name, and refused by it.
 * @throws MininetError MININET_USAGE
 */
export function parseTopology(text: string): Topology {
  if (text === 'single') return { kind: 'single' };
  if (SEVERAL.test(text)) {
    throw usage(`topology ${text} has several switches, which fabrics cannot have yet; use ${VALID}`);
  }
  if (/\.(ya?ml|json)$/.test(text) || text.includes('/')) return { kind: 'spec', file: text };
  throw usage(`found topology "${text}", expected ${VALID}`);
}

/** At most so many hosts, servers and clients together, around the switch of `single`. */
export const MAX_HOSTS = 255;

export interface SingleOptions {
  readonly servers: number;
  readonly clients: number;
}

/**
 * The specification of `single`: hosts h1.. around switch s1, the first `servers` of them memory servers (nodes 0x101..), the others
 * clients (nodes 1..).
 * @throws MininetError MININET_USAGE
 */
export function singleSpec({ servers, clients }: SingleOptions): string {
  if (servers < 1) throw usage('found no memory server, expected at least one: --bb-servers 1');
  const hosts = servers + clients;
  if (hosts > MAX_HOSTS) {
    throw usage(
      `found ${servers} servers and ${clients} clients, expected at most ${MAX_HOSTS} hosts around one switch`,
    );
  }
  const host = (i: number, node: number) => ({ name: `h${i}`, node, port: i });
  const spec = {
    name: 'single',
    switches: [{ name: 's1' }],
    servers: numbers(servers).map((i) => ({ ...host(i, 0x100 + i), capacity: '64MiB' })),
    clients: numbers(clients).map((i) => host(servers + i, i)),
  };
  // JSON is YAML.
  return `${JSON.stringify(spec, null, 2)}\n`;
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
const usage = (message: string): MininetError => new MininetError('MININET_USAGE', message);
