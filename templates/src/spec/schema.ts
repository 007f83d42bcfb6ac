import { z } from 'zod';
import { integer, isPowerOfTwo, listenAddress, mac, name, size, udpWire, wireEnd } from './scalars.js';

/**
 * The shape of a `bluebridge.yaml`: one field, its limits and its default in one line each. What joins several
 * fields (a port used twice, a capacity that is no multiple of the page) is in checks.ts.
 */

/** BMv2 drops what is sent to port 511, and P4Runtime keeps 0 for itself. */
export const MAX_PORT = 510;
export const DEFAULT_CPU_PORT = 510;

const flag = z.boolean({ error: 'true or false' });
const mapping = (what: string) => ({ error: `a mapping (${what})` });
const entries = (what: string) => integer(`a number of ${what} entries from 1 to 1048576`, 1, 1_048_576);

const features = z.strictObject(
  {
    ordinaryTraffic: flag.default(true).describe('Forward what is not memory traffic by MAC address.'),
    refusalLog: flag
      .default(true)
      .describe('Send a digest of refused requests to the controller, for its log.'),
  },
  mapping('ordinaryTraffic, refusalLog'),
);

const tables = z.strictObject(
  {
    sources: entries('source guard').prefault(256).describe('(port, node) pairs that may send.'),
    permissions: entries('permission')
      .prefault(8192)
      .describe('(domain, address prefix) pairs that may be used.'),
    routes: entries('route').prefault(1024).describe('Address prefixes with a home of their own.'),
    stations: entries('station').prefault(256).describe('MAC addresses of ordinary traffic.'),
  },
  mapping('sources, permissions, routes, stations'),
);

export const switchSchema = z.strictObject(
  {
    name: name(),
    deviceId: integer('a P4Runtime device id from 1 to 4294967295', 1, 0xffff_ffff)
      .optional()
      .describe('P4Runtime device id; counted from 1 by default.'),
    p4runtime: listenAddress.default('127.0.0.1:9559').describe('Where its P4Runtime server listens.'),
    cpuPort: integer(`a port from 1 to ${MAX_PORT}`, 1, MAX_PORT)
      .prefault(DEFAULT_CPU_PORT)
      .describe('The port behind which the controller sits.'),
    mac: mac.optional().describe('MAC address that hosts send memory requests to.'),
  },
  mapping('name, deviceId, p4runtime, cpuPort, mac'),
);

const wires = z
  .strictObject({ host: wireEnd, switch: wireEnd }, mapping('host, switch'))
  .describe('The two ends of the cable, each as that end sees it.');

const host = {
  name: name(),
  node: integer('a node id from 1 to 0xfffe (0xffff is the fabric itself)', 1, 0xfffe).describe(
    'Bits 16..31 of its addresses.',
  ),
  port: integer(`a port from 1 to ${MAX_PORT}`, 1, MAX_PORT).describe(
    'The port of the switch that it is attached to.',
  ),
  switch: z
    .string({ error: 'the name of a switch of this fabric' })
    .optional()
    .describe('The switch that it is attached to; may be left out where there is only one.'),
  mac: mac.optional().describe('02:bb:00:00 and the node id by default.'),
  wire: udpWire.optional().describe('A cable of UDP datagrams: udp:HOST_END,SWITCH_END.'),
  wires: wires.optional(),
};

export const serverSchema = z.strictObject(
  {
    ...host,
    capacity: size('a size such as 64MiB').describe('Memory that it serves, a multiple of the page size.'),
  },
  mapping('name, node, port, capacity, ...'),
);

export const clientSchema = z.strictObject(
  {
    ...host,
    domain: integer('a protection domain from 1 to 0xffff', 1, 0xffff)
      .optional()
      .describe('Protection domain, the node id by default. Clients may share one.'),
  },
  mapping('name, node, port, ...'),
);

const PREFIX = 'a unicast prefix of 16 bits: unique local (0xfc00 to 0xfdff) or global (0x2000 to 0x3fff)';
const PAGE = 'a power of two from 64 to 16MiB';

export const specSchema = z
  .strictObject(
    {
      name: name().describe('Names the generated files.'),
      profile: z.enum(['bb'], { error: '"bb"' }).default('bb').describe('Address and wire layout.'),
      target: z
        .enum(['embedded', 'bmv2', 'tofino'], { error: '"embedded", "bmv2" or "tofino"' })
        .default('embedded')
        .describe('Where the switches run.'),
      prefix: integer(PREFIX, 0x2000, 0xfdff)
        .refine((value) => value < 0x4000 || value >= 0xfc00, { error: PREFIX })
        .prefault('0xfdbb')
        .describe('First 16 bits of every memory address.'),
      udpPort: integer('a UDP port from 1 to 65535', 1, 65535)
        .prefault(5000)
        .describe('UDP port of memory servers.'),
      pageSize: size(PAGE, (bytes) => isPowerOfTwo(bytes) && bytes >= 64 && bytes <= 2 ** 24)
        .prefault('4KiB')
        .describe('The granularity of permission and the largest READ, WRITE or TRIM.'),
      mtu: integer('an MTU from 1280 (RFC 8200 section 5) to 9216 bytes', 1280, 9216)
        .prefault(1500)
        .describe('Largest IPv6 packet of the path, bytes.'),
      features: features.prefault({}),
      tables: tables.prefault({}).describe("Sizes of the switch's tables."),
      switches: z
        .array(switchSchema, { error: 'a list of switches' })
        .length(1, { error: 'exactly one switch: fabrics of several switches are not supported yet' }),
      servers: z
        .array(serverSchema, { error: 'a list of servers' })
        .min(1, { error: 'at least one memory server' }),
      clients: z.array(clientSchema, { error: 'a list of clients' }).default([]),
    },
    mapping('name, switches, servers, clients, ...'),
  )
  .describe('A BlueBridge fabric: memory servers and clients around a programmable switch.');

/** What the schema gives: defaults of single fields filled in, those that depend on other fields not yet. */
export type Spec = z.output<typeof specSchema>;

/** The keys that may stand at each place; list positions are written `*`. For suggestions. */
export const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(specSchema.shape),
  features: Object.keys(features.shape),
  tables: Object.keys(tables.shape),
  'switches.*': Object.keys(switchSchema.shape),
  'servers.*': Object.keys(serverSchema.shape),
  'servers.*.wires': Object.keys(wires.shape),
  'clients.*': Object.keys(clientSchema.shape),
  'clients.*.wires': Object.keys(wires.shape),
};

/** The specification's JSON Schema (draft 7, which the YAML language servers of editors read). */
export function specJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(specSchema, { io: 'input', target: 'draft-7' });
  return { $schema, title: 'BlueBridge fabric', ...schema };
}
