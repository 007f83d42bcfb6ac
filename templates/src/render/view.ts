import {
  BB_VERSION,
  CAPABILITY_OPS,
  CAPABILITY_PUNTS,
  CAPABILITY_REASONS,
  COHERENCE_KINDS,
  COHERENCE_OPS,
  COHERENCE_PUNTS,
  COHERENCE_REASONS,
  ETHER_TYPE_HELLO,
  EXTENSIONS,
  FABRIC_NODE,
  FABRIC_PUNTS,
  FLOOD_GROUP,
  KINDS,
  OPS,
  ORDINARY,
  PUNTS,
  REASONS,
  RIGHTS,
} from '../program/index.js';
import type { Fabric, Features, TableSizes, Target } from '../spec/fabric.js';
import { coherenceGroups } from './coherence.js';
import { type Constant, type ConstantGroup, declarations, enumeration, hex } from './constants.js';

/** All that a template sees. Whatever has to be worked out is worked out here. */
export interface ProgramView {
  readonly name: string;
  readonly features: Features;
  /** Whether the program is that of a switch among several. */
  readonly severalSwitches: boolean;
  /** The ingress port as an exact key, under one name on every target. */
  readonly ingressPortKey: string;
  /** Are pages cached, and is the directory of their copies in the switch? */
  readonly coherent: boolean;
  readonly msi: boolean;
  /** Do clients show capabilities? */
  readonly capability: boolean;
  /** May further headers follow that of BlueBridge? */
  readonly extended: boolean;
  /** Memory servers probe clients: they run the directory. */
  readonly probesPass: boolean;
  /** log2 of the page size. */
  readonly pageBits: number;
  readonly tables: TableSizes & { readonly directory: number; readonly capabilityKeys: number };
  readonly constants: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/** What the program of `fabric` consists of. The same program runs on each of its switches. */
export function programView(fabric: Fabric, target: Target = fabric.target): ProgramView {
  const { coherence, protection } = fabric.features;
  return {
    name: fabric.name,
    features: fabric.features,
    severalSwitches: fabric.switches.length > 1,
    ingressPortKey:
      target === 'tofino'
        ? 'ig_intr_md.ingress_port: exact @name("standard_metadata.ingress_port")'
        : 'standard_metadata.ingress_port: exact',
    coherent: coherence !== undefined,
    msi: coherence?.mode === 'msi',
    capability: protection === 'capability',
    extended: coherence !== undefined || protection === 'capability',
    probesPass: coherence?.mode === 'home',
    pageBits: Math.log2(fabric.pageSize),
    tables: {
      ...fabric.tables,
      // An entry for each region that has a slot, and one for each node.
      directory: (coherence?.slots ?? 0) + fabric.tables.routes,
      // One for each server.
      capabilityKeys: fabric.tables.sources,
    },
    constants: constantGroups(fabric, target).map((group) => ({
      title: group.title,
      lines: declarations(group),
    })),
  };
}

/** How many cells a counter needs that is indexed by `numbers`. */
const cells = (name: string, numbers: Record<string, number>): Constant => ({
  type: 'bit<32>',
  name,
  value: String(Math.max(...Object.values(numbers)) + 1),
});

const UNANSWERED = 'dropped, never answered';

function constantGroups(fabric: Fabric, target: Target): ConstantGroup[] {
  const several = fabric.switches.length > 1;
  const { coherence, protection } = fabric.features;
  const capability = protection === 'capability';
  const kinds = coherence ? { ...KINDS, ...COHERENCE_KINDS } : KINDS;
  const ops = {
    ...OPS,
    ...(coherence && COHERENCE_OPS),
    ...(capability && CAPABILITY_OPS),
  };
  const reasons = {
    ...REASONS,
    ...(coherence && COHERENCE_REASONS),
    ...(capability && CAPABILITY_REASONS),
  };
  const punts = {
    ...PUNTS,
    ...(coherence && COHERENCE_PUNTS),
    ...(capability && CAPABILITY_PUNTS),
  };
  const groups: ConstantGroup[] = [
    { title: 'This fabric.', constants: fabricConstants(fabric) },
    {
      title: 'The BlueBridge header.',
      constants: [
        { type: 'bit<8>', name: 'BB_VERSION', value: String(BB_VERSION) },
        ...enumeration('bit<8>', 'KIND', kinds),
      ],
    },
    { title: 'Operations.', constants: enumeration('op_t', 'OP', ops) },
    { title: 'Rights, a bit each.', constants: enumeration('rights_t', 'RIGHT', RIGHTS) },
    {
      title: 'Why a frame is refused: the status of the NACK, and the index of the counter `refused`.',
      constants: [
        ...enumeration('reason_t', 'REASON', reasons, {
          SPOOFED_SOURCE: UNANSWERED,
          HOP_LIMIT: UNANSWERED,
          MALFORMED: UNANSWERED,
        }),
        cells('REASONS', reasons),
      ],
    },
    {
      title:
        'Why a frame goes to the controller: the field `cause` of packet_in, and the index of the counter `punted`.',
      constants: [
        ...enumeration('cause_t', 'PUNT', punts, {
          FREE: 'a FREE that no permission covers: perhaps a repetition',
          ALLOC_REPLY: "the owner's permission is written before the owner hears",
          FREE_REPLY: 'permissions are removed before the memory is used again',
          ANSWER: 'to what the controller itself asked of a server',
        }),
        ...(several
          ? enumeration('cause_t', 'PUNT', FABRIC_PUNTS, { HELLO: 'of a neighbouring switch' })
          : []),
        cells('PUNT_CAUSES', several ? { ...punts, ...FABRIC_PUNTS } : punts),
      ],
    },
  ];
  if (several) groups.push(betweenSwitches(fabric, target));
  if (coherence || capability) groups.push(extensionGroup(coherence !== undefined, capability));
  if (coherence) groups.push(...coherenceGroups(coherence, fabric.udpPort));
  if (fabric.features.ordinaryTraffic) {
    const note = 'multicast group of all station ports';
    groups.push({
      title: 'Ordinary traffic: where it is flooded to, and the cells of the counter `ordinary`.',
      constants: [
        { type: 'bit<16>', name: 'FLOOD_GROUP', value: String(FLOOD_GROUP), note },
        ...enumeration('bit<32>', 'ORDINARY', ORDINARY),
        cells('ORDINARY_CELLS', ORDINARY),
      ],
    });
  }
  return groups;
}

function extensionGroup(coherence: boolean, capability: boolean): ConstantGroup {
  const known = {
    ...(capability && { CAPABILITY: EXTENSIONS.CAPABILITY }),
    ...(coherence && { COHERENCE: EXTENSIONS.COHERENCE }),
  };
  const all = Object.values(known).reduce((bits, bit) => bits | bit, 0);
  return {
    title: 'Which headers follow that of BlueBridge, in this order: bits of `extensions`.',
    constants: [
      ...enumeration('bit<8>', 'EXTENSION', known),
      { type: 'bit<8>', name: 'EXTENSIONS', value: String(all), note: 'all that there are' },
    ],
  };
}

/** The next power of two, so that a fabric can grow without another program. */
const roomFor = (least: number, wanted: number): number => 2 ** Math.ceil(Math.log2(Math.max(least, wanted)));

/** Hops that a NACK may take: more than any path has, which the default of hosts (RFC 8200 section 3) is, too. */
const NACK_HOP_LIMIT = 64;

function betweenSwitches(fabric: Fabric, target: Target): ConstantGroup {
  const trunks = fabric.switches.map(
    ({ name }) => fabric.links.filter(({ ends }) => ends.some((end) => end.switch === name)).length,
  );
  const ports = roomFor(16, Math.max(...trunks));
  const switches = roomFor(16, fabric.switches.length);
  const size = (name: string, value: number, note: string) => ({
    type: 'bit<32>',
    name,
    value: String(value),
    note,
  });
  return {
    title: 'Between switches.',
    constants: [
      { type: 'bit<16>', name: 'ETHER_TYPE_HELLO', value: hex(ETHER_TYPE_HELLO, 4) },
      { type: 'bit<8>', name: 'NACK_HOP_LIMIT', value: String(NACK_HOP_LIMIT) },
      size('TRUNKS', ports, 'of a switch'),
      size('SWITCHES', switches, 'of the fabric'),
      size('PATHS', switches * ports, 'to all of them together'),
      ...(target === 'tofino' ? [size('PATHS_OF_GROUP', ports, 'to one of them')] : []),
    ],
  };
}

function fabricConstants(fabric: Fabric): Constant[] {
  // The same at every switch: the specification's checks see to it.
  const [first] = fabric.switches;
  if (!first) throw new RangeError('a fabric has a switch');
  const mac = BigInt(`0x${first.mac.replaceAll(':', '')}`);
  return [
    { type: 'bit<16>', name: 'MEMORY_PREFIX', value: hex(fabric.prefix, 4) },
    { type: 'node_t', name: 'FABRIC_NODE', value: hex(FABRIC_NODE, 4), note: 'the controller' },
    { type: 'bit<16>', name: 'MEMORY_PORT', value: String(fabric.udpPort), note: 'UDP' },
    { type: 'bit<32>', name: 'PAGE_SIZE', value: String(fabric.pageSize), note: 'bytes, a power of two' },
    { type: 'port_t', name: 'CPU_PORT', value: String(first.cpuPort), note: 'the controller is behind it' },
    { type: 'mac_t', name: 'SWITCH_MAC', value: hex(mac, 12) },
  ];
}
