import { DEFAULT_CPU_PORT } from './schema.js';

/** How large the fabric of `initSpec` is. */
export interface InitOptions {
  /** Name of the fabric, `bluebridge` unless given. */
  readonly name?: string;
  /** At least 1; with the clients at most 99. */
  readonly servers: number;
  readonly clients: number;
}

/** So many UDP ports there are from 7001, and from 7101. */
const MAX_HOSTS = 99;

/**
 * The text of a commented specification to start from: one switch, `udp:` wires on loopback.
 * Throws RangeError where the numbers are out of range.
 */
export function initSpec({ name = 'bluebridge', servers, clients }: InitOptions): string {
  inRange('servers', servers, 1, MAX_HOSTS);
  inRange('clients', clients, 0, MAX_HOSTS - servers);
  const wire = (port: number) => `"udp:127.0.0.1:${7100 + port},127.0.0.1:${7000 + port}"`;
  const server = (i: number) =>
    `  - { name: m${i}, node: 0x${(0x100 + i).toString(16)}, port: ${i}, capacity: 64MiB, wire: ${wire(i)} }`;
  const client = (i: number) =>
    `  - { name: c${i}, node: 0x${i.toString(16)}, port: ${servers + i}, wire: ${wire(servers + i)} }`;
  const count = (n: number, line: (i: number) => string) =>
    Array.from({ length: n }, (_, i) => line(i + 1)).join('\n');

  return `# A BlueBridge fabric: memory servers and clients around one programmable switch.
# Start all of it in one process with \`bluebridge up FILE\`; \`bluebridge generate FILE\` renders its P4 program.
name: ${name}

# Where the switch runs: embedded (in this process), bmv2 or tofino.
target: embedded

# pageSize: 4KiB       # permission is granted page by page
# mtu: 1500            # largest IPv6 packet of the path
# features:
#   ordinaryTraffic: true   # forward IPv6, IPv4 and ARP by MAC address, too
#   refusalLog: true        # tell the controller who was refused what
#   protection: permissions # an entry of the switch for each allocation; or capability: tokens that clients show
# tables: { sources: 256, permissions: 8192, routes: 1024, stations: 256 }

switches:
  - { name: s1, p4runtime: "127.0.0.1:9559", cpuPort: ${DEFAULT_CPU_PORT} }

# A node owns fdbb:NODE::/32. A wire has two ends: the host's own address first, the switch's second.
servers:
${count(servers, server)}

# Clients may share a protection domain (domain: 7); on its own, each is its own domain.
clients:${clients === 0 ? ' []' : `\n${count(clients, client)}`}
`;
}

function inRange(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${what}: found ${value}, expected a whole number from ${least} to ${most}`);
}
