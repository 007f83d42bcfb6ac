/**
 * A fabric as the rest of the project knows it: what `bluebridge.yaml` says, validated, defaults filled in, texts
 * turned into values. Immutable. `loadFabric` in this folder makes it; nothing behind it validates again.
 */
export interface Fabric {
  readonly name: string;
  /** Address and wire layout. */
  readonly profile: 'bb';
  /** Where the switches run; `embedded` and `bmv2` share one v1model program, `tofino` is TNA. */
  readonly target: Target;
  /** First 16 bits of every memory address, 0xfdbb unless the spec says otherwise. */
  readonly prefix: number;
  /** UDP port of memory servers. */
  readonly udpPort: number;
  /** Bytes, a power of two: the granularity of permission and the largest READ, WRITE or TRIM. */
  readonly pageSize: number;
  /** Largest IPv6 packet of the path, bytes (IPv6 header included, Ethernet header not). */
  readonly mtu: number;
  readonly features: Features;
  /** How many entries the switch's tables are made for. */
  readonly tables: TableSizes;
  /** At least one, all connected. One program runs on all of them. */
  readonly switches: readonly SwitchSpec[];
  /** Cables between switches; none where there is one switch. */
  readonly links: readonly LinkSpec[];
  readonly servers: readonly ServerSpec[];
  readonly clients: readonly ClientSpec[];
}

export type Target = 'embedded' | 'bmv2' | 'tofino';

/** Each feature is rendered into the program or is absent from it. */
export interface Features {
  /** Forward what is not memory traffic by MAC address (IPv6 with neighbour discovery, IPv4, ARP). */
  readonly ordinaryTraffic: boolean;
  /** Send a digest of refused requests to the controller, for its log. */
  readonly refusalLog: boolean;
  /** Ordinary traffic goes to every host: no station is known to any switch. The program stays the same. */
  readonly broadcast: boolean;
  /** What says who may use an address: entries of the switch, or tokens that clients show (docs/capabilities.md). */
  readonly protection: 'permissions' | 'capability';
  /** Cached copies of pages, kept coherent by a directory (docs/coherence.md); absent: off. */
  readonly coherence?: Coherence;
}

export interface Coherence {
  /** Where the directory is: in the registers of the switch, or in the memory server that is home to a page. */
  readonly mode: 'msi' | 'home';
  /** Regions that the switch has registers for. */
  readonly slots: number;
  /** Milliseconds until a GETM that was never unblocked stops blocking its region. */
  readonly lockLease: number;
  /** Milliseconds that a client may use its copies without having heard from the controller. */
  readonly lease: number;
  /** Bytes, powers of two of at least a page: of a region that is new in the directory, and of the smallest that is split off. */
  readonly regions: { readonly initial: number; readonly smallest: number };
}

export interface TableSizes {
  readonly sources: number;
  readonly permissions: number;
  readonly routes: number;
  readonly stations: number;
}

export interface SwitchSpec {
  readonly name: string;
  /** P4Runtime device id. */
  readonly deviceId: bigint;
  /** Where its P4Runtime server listens, `host:port`; port 0 lets the system choose. */
  readonly p4runtime: string;
  /** The port number behind which the controller sits. */
  readonly cpuPort: number;
  /** MAC address that hosts send memory requests to. */
  readonly mac: string;
}

/** A port of a switch. */
export interface SwitchPort {
  readonly switch: string;
  readonly port: number;
}

/** A cable between two switches. Its ports are trunks: what comes in by them another switch of the fabric has let in. */
export interface LinkSpec {
  readonly ends: readonly [SwitchPort, SwitchPort];
  /** The ends of the cable, in the order of `ends`; absent: only in one process. */
  readonly wires?: readonly [string, string];
  readonly impair?: Impairments;
}

/** What goes wrong on a cable, each way: probabilities from 0 to 1 for each frame, and milliseconds. */
export interface Impairments {
  readonly loss?: number;
  readonly duplicate?: number;
  readonly reorder?: number;
  readonly delayMs?: number;
}

interface HostSpec {
  readonly name: string;
  /** 1..0xfffe, unique in the fabric: bits 16..31 of its addresses. */
  readonly node: number;
  readonly mac: string;
  /** Name of the switch it is attached to, and the port there. */
  readonly switch: string;
  readonly port: number;
  /** The two ends of its cable when every part is a process of its own; absent: only in one process (`bluebridge up`). */
  readonly wires?: { readonly host: string; readonly switch: string };
  readonly impair?: Impairments;
}

export interface ServerSpec extends HostSpec {
  /** Bytes of memory that it serves; a multiple of the page size. */
  readonly capacity: number;
}

export interface ClientSpec extends HostSpec {
  /** Protection domain, 1..0xffff; the client's node id unless the spec says otherwise. Clients may share one. */
  readonly domain: number;
}
