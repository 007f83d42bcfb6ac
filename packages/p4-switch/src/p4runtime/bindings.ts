import type { P4Info, p4 } from 'p4runtime-js';
import type {
  CounterControl,
  DigestInfo,
  MeterControl,
  ProfileControl,
  RegisterControl,
  TableControl,
  ValueSetControl,
} from '../switch/control-plane.js';
import { notFound } from './errors.js';
import type { GroupNote, OneShot } from './groups.js';

type Table = p4.config.v1.Table;
export type MatchField = p4.config.v1.MatchField;
export type DataTypeSpec = p4.config.v1.P4DataTypeSpec;
export type PacketHeader = p4.config.v1.ControllerPacketMetadata;
export type MeterType = p4.config.v1.MeterSpecType;

export interface BoundAction {
  readonly id: number;
  readonly name: string;
  readonly params: readonly {
    readonly id: number;
    readonly name: string;
    readonly width: number;
    readonly translated: boolean;
  }[];
}

/** What a controller wrote into an entry and the data plane does not keep. */
export interface EntryNote {
  readonly metadata: Uint8Array;
  readonly controllerMetadata: bigint;
  readonly idleTimeoutNs: bigint;
  readonly oneShot: OneShot | undefined;
  /** When the controller was last told that the entry is idle; nanoseconds of `Timers.now`. */
  toldIdleAt: bigint | undefined;
}

export interface BoundTable {
  readonly id: number;
  readonly name: string;
  readonly info: Table;
  readonly control: TableControl;
  /** In the order of the data plane's key. */
  readonly fields: readonly MatchField[];
  readonly actions: ReadonlyMap<number, BoundAction>;
  /** Actions that an entry may have; `defaultActions` that the default entry may have. */
  readonly entryActions: ReadonlyMap<number, BoundAction>;
  readonly defaultActions: ReadonlyMap<number, BoundAction>;
  /** By the data plane's name. */
  readonly actionsByName: ReadonlyMap<string, BoundAction>;
  readonly needsPriority: boolean;
  readonly hasIdleTimeout: boolean;
  /** Of its direct meter. */
  readonly meterType: MeterType;
  readonly profile: BoundProfile | undefined;
  /** By the data plane's handle; an entry of which there is nothing to note has none. */
  readonly notes: Map<number | 'default', EntryNote>;
}

export interface Bound<C> {
  readonly id: number;
  readonly name: string;
  readonly control: C;
}

export interface BoundProfile extends Bound<ProfileControl> {
  readonly info: p4.config.v1.ActionProfile;
  readonly actions: ReadonlyMap<number, BoundAction>;
  readonly actionsByName: ReadonlyMap<string, BoundAction>;
  /** What controllers wrote into its groups. */
  readonly groups: Map<number, GroupNote>;
  readonly oneShots: Set<OneShot>;
}

export interface BoundMeter extends Bound<MeterControl> {
  readonly type: MeterType;
}
export interface BoundRegister extends Bound<RegisterControl> {
  readonly type: DataTypeSpec | null;
}
export interface BoundDigest extends Bound<DigestInfo> {
  readonly type: DataTypeSpec | null;
}
export interface BoundValueSet extends Bound<ValueSetControl> {
  readonly match: readonly MatchField[];
  /** In members. */
  readonly size: number;
}

/** The P4Info's ids and the data plane's objects, put together once when a pipeline is set. */
export interface Bindings {
  readonly p4info: P4Info;
  readonly tables: ReadonlyMap<number, BoundTable>;
  readonly actions: ReadonlyMap<number, BoundAction>;
  readonly profiles: ReadonlyMap<number, BoundProfile>;
  readonly counters: ReadonlyMap<number, Bound<CounterControl>>;
  readonly meters: ReadonlyMap<number, BoundMeter>;
  readonly registers: ReadonlyMap<number, BoundRegister>;
  readonly valueSets: ReadonlyMap<number, BoundValueSet>;
  readonly digests: ReadonlyMap<number, BoundDigest>;
  readonly packetIn: PacketHeader | undefined;
  readonly packetOut: PacketHeader | undefined;
}

/** @throws P4RuntimeError NOT_FOUND listing what there is */
export function find<T extends { readonly name: string }>(
  map: ReadonlyMap<number, T>,
  id: number,
  kind: string,
): T {
  const found = map.get(id);
  if (found) return found;
  throw notFound(`no ${kind} has the id ${id}; there are: ${namesOf(map)}`);
}

/** The objects that a read means: id 0 is all of them. @throws P4RuntimeError NOT_FOUND */
export const chosen = <T extends { readonly name: string }>(
  map: ReadonlyMap<number, T>,
  id: number,
  kind: string,
): T[] => (id === 0 ? [...map.values()] : [find(map, id, kind)]);

/** `a (1), b (2)`: the valid options for an error message. */
export const namesOf = (map: ReadonlyMap<number, { readonly name: string }>): string =>
  listed([...map].map(([id, { name }]) => ({ id, name })));

export const listed = (items: readonly { readonly id: number; readonly name: string }[]): string =>
  items.map(({ id, name }) => (name ? `${name} (${id})` : String(id))).join(', ') || 'none';
