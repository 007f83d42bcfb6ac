import {
  BB_VERSION,
  FABRIC_NODE,
  FLOOD_GROUP,
  KINDS,
  OPS,
  ORDINARY,
  PUNTS,
  REASONS,
  RIGHTS,
} from '../program/numbers.js';
import type { Fabric, Features, TableSizes } from '../spec/fabric.js';
import { type Constant, type ConstantGroup, declarations, hex } from './constants.js';

/** All that a template sees. Whatever has to be worked out is worked out here. */
export interface ProgramView {
  readonly name: string;
  readonly features: Features;
  /** log2 of the page size. */
  readonly pageBits: number;
  readonly tables: TableSizes;
  readonly constants: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/** What the program of `fabric` consists of. One switch, so its addresses are constants. */
export function programView(fabric: Fabric): ProgramView {
  return {
    name: fabric.name,
    features: fabric.features,
    pageBits: Math.log2(fabric.pageSize),
    tables: fabric.tables,
    constants: constantGroups(fabric).map((group) => ({ title: group.title, lines: declarations(group) })),
  };
}

type Notes<T> = Partial<Record<keyof T, string>>;

/** A constant for each number of `numbers`: `PREFIX_NAME`. */
function enumeration<T extends Record<string, number>>(
  type: string,
  prefix: string,
  numbers: T,
  notes: Notes<T> = {},
): Constant[] {
  return Object.entries(numbers).map(([name, value]) => ({
    type,
    name: `${prefix}_${name}`,
    value: String(value),
    note: notes[name],
  }));
}

/** How many cells a counter needs that is indexed by `numbers`. */
const cells = (name: string, numbers: Record<string, number>): Constant => ({
  type: 'bit<32>',
  name,
  value: String(Math.max(...Object.values(numbers)) + 1),
});

const UNANSWERED = 'dropped, never answered';

function constantGroups(fabric: Fabric): ConstantGroup[] {
  const groups: ConstantGroup[] = [
    { title: 'This fabric.', constants: fabricConstants(fabric) },
    {
      title: 'The BlueBridge header.',
      constants: [
        { type: 'bit<8>', name: 'BB_VERSION', value: String(BB_VERSION) },
        ...enumeration('bit<8>', 'KIND', KINDS),
      ],
    },
    { title: 'Operations.', constants: enumeration('op_t', 'OP', OPS) },
    { title: 'Rights, a bit each.', constants: enumeration('rights_t', 'RIGHT', RIGHTS) },
    {
      title: 'Why a frame is refused: the status of the NACK, and the index of the counter `refused`.',
      constants: [
        ...enumeration('reason_t', 'REASON', REASONS, {
          SPOOFED_SOURCE: UNANSWERED,
          HOP_LIMIT: UNANSWERED,
          MALFORMED: UNANSWERED,
        }),
        cells('REASONS', REASONS),
      ],
    },
    {
      title:
        'Why a frame goes to the controller: the field `cause` of packet_in, and the index of the counter `punted`.',
      constants: [
        ...enumeration('cause_t', 'PUNT', PUNTS, {
          FREE: 'a FREE that no permission covers: perhaps a repetition',
          ALLOC_REPLY: "the owner's permission is written before the owner hears",
          FREE_REPLY: 'permissions are removed before the memory is used again',
          ANSWER: 'to what the controller itself asked of a server',
        }),
        cells('PUNT_CAUSES', PUNTS),
      ],
    },
  ];
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

function fabricConstants(fabric: Fabric): Constant[] {
  const [only] = fabric.switches;
  if (!only) throw new RangeError('a fabric has a switch');
  const mac = BigInt(`0x${only.mac.replaceAll(':', '')}`);
  return [
    { type: 'bit<16>', name: 'MEMORY_PREFIX', value: hex(fabric.prefix, 4) },
    { type: 'node_t', name: 'FABRIC_NODE', value: hex(FABRIC_NODE, 4), note: 'the controller' },
    { type: 'bit<16>', name: 'MEMORY_PORT', value: String(fabric.udpPort), note: 'UDP' },
    { type: 'bit<32>', name: 'PAGE_SIZE', value: String(fabric.pageSize), note: 'bytes, a power of two' },
    { type: 'port_t', name: 'CPU_PORT', value: String(only.cpuPort), note: 'the controller is behind it' },
    { type: 'mac_t', name: 'SWITCH_MAC', value: hex(mac, 12) },
  ];
}
