import { z } from 'zod';
import {
  integer,
  isPowerOfTwo,
  linkEnd,
  listenAddress,
  mac,
  milliseconds,
  name,
  probability,
  size,
  udpWire,
  wireEnd,
} from './scalars.js';

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

const MODES = '"off", "msi", "home", or a mapping (mode, slots, lockLease, lease, regions)';
const lease = (from: number, to: number) => integer(`milliseconds from ${from} to ${to}`, from, to);
const regionSize = () =>
  size('a power of two from 64 to 16MiB', (bytes) => isPowerOfTwo(bytes) && bytes >= 64 && bytes <= 2 ** 24);

const regions = z.strictObject(
  {
    initial: regionSize()
      .optional()
      .describe('Size of a region that is new in the directory; 16 pages by default.'),
    smallest: regionSize().optional().describe('A region is never split below this; a page by default.'),
  },
  mapping('initial, smallest'),
);

/** Written in full; in short it is its mode alone. */
export const coherenceMapping = z.strictObject(
  {
    mode: z
      .enum(['off', 'msi', 'home'], { error: '"off", "msi" or "home"' })
      .default('msi')
      .describe(
        'Where the directory is: in the registers of the switch (msi) or in the memory servers (home).',
      ),
    slots: integer('a number of directory slots from 1 to 1048576', 1, 1_048_576)
      .prefault(4096)
      .describe('Regions that the directory of the switch has registers for.'),
    lockLease: lease(1, 60_000)
      .prefault(50)
      .describe('Milliseconds until a GETM that was never unblocked stops blocking its region.'),
    lease: lease(100, 600_000)
      .prefault(2000)
      .describe('Milliseconds that a client may use its copies without having heard from the controller.'),
    regions: regions.prefault({}),
  },
  mapping('mode, slots, lockLease, lease, regions'),
);

const features = z.strictObject(
  {
    ordinaryTraffic: flag.default(true).describe('Forward what is not memory traffic by MAC address.'),
    refusalLog: flag
      .default(true)
      .describe('Send a digest of refused requests to the controller, for its log.'),
    broadcast: flag
      .default(false)
      .describe('Flood ordinary traffic to every host instead of forwarding it by MAC address.'),
    protection: z
      .enum(['permissions', 'capability'], { error: '"permissions" or "capability"' })
      .default('permissions')
      .describe(
        'Who may use an address: a table entry for each allocation, or a token that the client shows (docs/capabilities.md).',
      ),
    coherence: z
      .union([z.enum(['off', 'msi', 'home']), coherenceMapping], { error: MODES })
      .default('off')
      .describe('Cached copies of pages that a directory keeps coherent (docs/coherence.md).'),
  },
  mapping('ordinaryTraffic, refusalLog, broadcast, protection, coherence'),
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
    p4runtime: listenAddress
      .optional()
      .describe('Where its P4Runtime server listens; 127.0.0.1, and ports counted from 9559, by default.'),
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

const impair = z
  .strictObject(
    {
      loss: probability.optional().describe('A frame is lost.'),
      duplicate: probability.optional().describe('A frame comes twice.'),
      reorder: probability.optional().describe('A frame is overtaken by those behind it.'),
      delayMs: milliseconds.optional().describe('Every frame takes so much longer, each way.'),
    },
    mapping('loss, duplicate, reorder, delayMs'),
  )
  .optional()
  .describe('What goes wrong on this cable: done by the port of our own switch, both ways.');

const linkSchema = z.strictObject(
  {
    between: z
      .tuple([linkEnd, linkEnd], { error: 'its two ends, such as ["leaf1:9", "spine1:1"]' })
      .describe('Its two ends, SWITCH:PORT.'),
    wire: udpWire.optional().describe('A cable of UDP datagrams: udp:FIRST_END,SECOND_END.'),
    wires: z
      .tuple([wireEnd, wireEnd], { error: 'the two ends of a wire, each as that end sees it' })
      .optional()
      .describe('The two ends of the cable, each as that end sees it.'),
    impair,
  },
  mapping('between, wire, wires, impair'),
);
export const linkShape = linkSchema.shape;

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
  impair,
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
        .min(1, { error: 'at least one switch' }),
      links: z
        .array(linkSchema, { error: 'a list of links' })
        .default([])
        .describe('Cables between switches.'),
      servers: z
        .array(serverSchema, { error: 'a list of servers' })
        .min(1, { error: 'at least one memory server' }),
      clients: z.array(clientSchema, { error: 'a list of clients' }).default([]),
    },
    mapping('name, switches, servers, clients, ...'),
  )
  .describe('A BlueBridge fabric: memory servers and clients around programmable switches.');

/** What the schema gives: defaults of single fields filled in, those that depend on other fields not yet. */
export type Spec = z.output<typeof specSchema>;

const IMPAIRMENTS = Object.keys(impair.unwrap().shape);

/** The keys that may stand at each place; list positions are written `*`. For suggestions. */
export const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(specSchema.shape),
  features: Object.keys(features.shape),
  'features.coherence': Object.keys(coherenceMapping.shape),
  'features.coherence.regions': Object.keys(regions.shape),
  tables: Object.keys(tables.shape),
  'switches.*': Object.keys(switchSchema.shape),
  'links.*': Object.keys(linkSchema.shape),
  'links.*.impair': IMPAIRMENTS,
  'servers.*.impair': IMPAIRMENTS,
  'clients.*.impair': IMPAIRMENTS,
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
