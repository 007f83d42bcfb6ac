import type { EntryKey, MatchKind } from '../ir/program.js';

/**
 * What a control plane (the P4Runtime server, a test, a tool) may do to a running pipeline. Objects are named as in
 * the BMv2 JSON, which are the P4Info names ("MyIngress.ipv6_lpm"). Every call takes effect before the next packet.
 * Errors are `P4SwitchError` with a stable code; each method lists the codes it throws besides NOT_FOUND for its name.
 */
export interface ControlPlane {
  readonly tables: ReadonlyMap<string, TableControl>;
  readonly profiles: ReadonlyMap<string, ProfileControl>;
  /** Indirect counters only; a direct counter is part of its table's entries. */
  readonly counters: ReadonlyMap<string, CounterControl>;
  /** Indirect meters only. */
  readonly meters: ReadonlyMap<string, MeterControl>;
  readonly registers: ReadonlyMap<string, RegisterControl>;
  readonly valueSets: ReadonlyMap<string, ValueSetControl>;
  /** Learn lists by name; digests arrive through `V1ModelSwitch.onDigest`. */
  readonly digests: ReadonlyMap<string, DigestInfo>;
  /** Direct counter and direct meter name -> the table it belongs to. */
  readonly directCounters: ReadonlyMap<string, string>;
  readonly directMeters: ReadonlyMap<string, string>;
}

/** A match field as a control plane writes it. `any` stands for don't care in all kinds but exact. */
export type MatchValue =
  | EntryKey
  | { readonly kind: 'optional'; readonly value: bigint }
  | { readonly kind: 'any' };

export interface ActionSpec {
  readonly action: string;
  /** In the order of the action's parameters; each must fit its width. */
  readonly data: readonly bigint[];
}

/** What an entry does: an action in a simple table, a member or group of the profile in an indirect one. */
export type EntryAction = ActionSpec | { readonly member: number } | { readonly group: number };

export interface CounterValue {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/**
 * Two rates, three colours (RFC 2698, colour-blind); with an excess burst, a single rate and three colours (RFC 2697),
 * where `pir` and `pburst` have no meaning. Rates are per second and bursts absolute, both in the meter's unit (bytes or
 * packets).
 */
export interface MeterConfig {
  readonly cir: bigint;
  readonly cburst: bigint;
  readonly pir: bigint;
  readonly pburst: bigint;
  readonly eburst?: bigint;
}

/** What a meter marked, by colour: bytes and packets, whatever its unit is. */
export type ColorCounts = Readonly<Record<'green' | 'yellow' | 'red', CounterValue>>;

export interface EntryView {
  /** Stable while the entry lives; never used again by another entry of the table. */
  readonly handle: number;
  /** Part by part in the table's order; masked-out bits are zero. */
  readonly key: readonly EntryKey[];
  /** The larger wins (P4Runtime's order). 0 in exact and lpm tables. */
  readonly priority: number;
  readonly action: EntryAction;
  readonly isConst: boolean;
  /** Milliseconds without a hit after which `idleEntries` lists it; 0: never. */
  readonly idleTimeout: number;
  /** Milliseconds since the last hit (or since it was added). */
  readonly idleFor: number;
  /** undefined if the table has no direct counter. */
  readonly counter: CounterValue | undefined;
  /** undefined if the table has no direct meter, or none is configured. */
  readonly meter: MeterConfig | undefined;
  /** undefined if the table has no direct meter. */
  readonly colors: ColorCounts | undefined;
}

export interface EntrySpec {
  readonly key: readonly MatchValue[];
  /** The larger wins. Needed (>= 0) in ternary and range tables, left out or 0 in others. */
  readonly priority?: number;
  readonly action: EntryAction;
  readonly idleTimeout?: number;
}

export interface KeyPartInfo {
  readonly name: string;
  readonly match: MatchKind;
  /** Bits. */
  readonly width: number;
}

export interface ActionInfo {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly width: number }[];
}

export interface TableInfo {
  readonly name: string;
  readonly match: 'exact' | 'lpm' | 'ternary' | 'range';
  readonly key: readonly KeyPartInfo[];
  readonly actions: readonly ActionInfo[];
  readonly size: number;
  /** Name of the action profile of an indirect table. */
  readonly profile: string | undefined;
  readonly hasCounter: boolean;
  readonly hasMeter: boolean;
  readonly hasIdleTimeout: boolean;
  readonly hasConstEntries: boolean;
  readonly constDefaultAction: boolean;
}

export interface TableControl {
  readonly info: TableInfo;
  readonly entryCount: number;
  /** @returns the handle. @throws BAD_MATCH_KEY, BAD_ACTION, ALREADY_EXISTS, TABLE_FULL, IMMUTABLE. */
  add(entry: EntrySpec): number;
  /** The entry with exactly this key and priority. @throws BAD_MATCH_KEY. */
  find(key: readonly MatchValue[], priority?: number): EntryView | undefined;
  get(handle: number): EntryView | undefined;
  /** Replace the action; counters and meter stay. @throws NOT_FOUND, BAD_ACTION, IMMUTABLE. */
  modify(handle: number, action: EntryAction, idleTimeout?: number): void;
  /** @throws NOT_FOUND, IMMUTABLE. */
  remove(handle: number): void;
  /** Remove all but const entries. */
  clear(): void;
  entries(): IterableIterator<EntryView>;
  /** undefined: a miss runs no action. */
  readonly defaultEntry: DefaultEntryView | undefined;
  /** undefined restores the program's default. @throws BAD_ACTION, IMMUTABLE. */
  setDefault(action: EntryAction | undefined): void;
  /** Direct resources of an entry; `'default'` is the default entry. @throws NOT_FOUND, BAD_ARGUMENT. */
  setCounter(handle: number | 'default', value: CounterValue): void;
  /** undefined: no limit, all packets green. @throws NOT_FOUND, BAD_ARGUMENT. */
  setMeter(handle: number | 'default', config: MeterConfig | undefined): void;
  /** Colours that are left out stay. @throws NOT_FOUND, BAD_ARGUMENT. */
  setColors(handle: number | 'default', counts: Partial<ColorCounts>): void;
  /** Entries without a hit for their idle timeout. */
  idleEntries(): EntryView[];
}

export interface DefaultEntryView {
  readonly action: EntryAction;
  readonly counter: CounterValue | undefined;
  readonly meter: MeterConfig | undefined;
  readonly colors: ColorCounts | undefined;
  /** It is the one that the program declares. */
  readonly isInitial: boolean;
}

export interface ProfileControl {
  readonly name: string;
  /** 0: no limit. */
  readonly size: number;
  readonly hasSelector: boolean;
  /** Members have numbers that the caller chooses. @throws ALREADY_EXISTS, BAD_ACTION, TABLE_FULL. */
  addMember(id: number, action: ActionSpec): void;
  modifyMember(id: number, action: ActionSpec): void;
  /** @throws NOT_FOUND, IN_USE. */
  removeMember(id: number): void;
  members(): IterableIterator<{ readonly id: number; readonly action: ActionSpec }>;
  /**
   * A member given several times gets so many shares (P4Runtime weights).
   * @throws ALREADY_EXISTS, NOT_FOUND for a member, BAD_ARGUMENT without selector.
   */
  addGroup(id: number, members: readonly number[]): void;
  modifyGroup(id: number, members: readonly number[]): void;
  removeGroup(id: number): void;
  groups(): IterableIterator<{ readonly id: number; readonly members: readonly number[] }>;
}

export interface CounterControl {
  readonly name: string;
  readonly size: number;
  /** @throws OUT_OF_RANGE. */
  read(index: number): CounterValue;
  write(index: number, value: CounterValue): void;
}

export interface MeterControl {
  readonly name: string;
  readonly size: number;
  readonly unit: 'bytes' | 'packets';
  /** @throws OUT_OF_RANGE. */
  read(index: number): MeterConfig | undefined;
  write(index: number, config: MeterConfig | undefined): void;
  /** @throws OUT_OF_RANGE. */
  readColors(index: number): ColorCounts;
  /** Colours that are left out stay. @throws OUT_OF_RANGE. */
  writeColors(index: number, counts: Partial<ColorCounts>): void;
}

export interface RegisterControl {
  readonly name: string;
  readonly size: number;
  /** Bits of a cell. */
  readonly width: number;
  /** @throws OUT_OF_RANGE. */
  read(index: number): bigint;
  /** The value is truncated to the cell. */
  write(index: number, value: bigint): void;
}

export interface ValueSetControl {
  readonly name: string;
  /** Bits of a member. */
  readonly width: number;
  members(): readonly ValueSetMember[];
  /** Replace all members at once. @throws BAD_ARGUMENT if one does not fit. */
  set(members: readonly ValueSetMember[]): void;
}

/** A key is a member if it has the bits of `value` where `mask` has ones, and if each range holds its bits. */
export interface ValueSetMember {
  readonly value: bigint;
  /** All ones: exact. */
  readonly mask: bigint;
  readonly ranges: readonly BitRange[];
}

/** `width` bits, `shift` bits above the least significant one, from `low` to `high`. */
export interface BitRange {
  readonly shift: number;
  readonly width: number;
  readonly low: bigint;
  readonly high: bigint;
}

export interface DigestInfo {
  readonly name: string;
  readonly id: number;
  readonly fields: readonly { readonly name: string; readonly width: number }[];
}

/** One packet's digest, field by field in the order of `DigestInfo.fields`. */
export interface Digest {
  readonly list: DigestInfo;
  readonly values: readonly bigint[];
}

export interface Replica {
  readonly port: number;
  /** Becomes `egress_rid`. */
  readonly instance: number;
}

export interface CloneSession {
  readonly replicas: readonly Replica[];
  /** Bytes of the clone that are sent; 0: all. */
  readonly truncate: number;
}

/** Packet replication engine. */
export interface ReplicationControl {
  /** Groups 1..65535. @throws ALREADY_EXISTS, BAD_ARGUMENT. */
  addGroup(id: number, replicas: readonly Replica[]): void;
  /** @throws NOT_FOUND. */
  modifyGroup(id: number, replicas: readonly Replica[]): void;
  removeGroup(id: number): void;
  groups(): IterableIterator<{ readonly id: number; readonly replicas: readonly Replica[] }>;
  /** Sessions 0..32767, BMv2's range. @throws ALREADY_EXISTS, BAD_ARGUMENT. */
  addSession(id: number, session: CloneSession): void;
  modifySession(id: number, session: CloneSession): void;
  removeSession(id: number): void;
  sessions(): IterableIterator<{ readonly id: number } & CloneSession>;
}
