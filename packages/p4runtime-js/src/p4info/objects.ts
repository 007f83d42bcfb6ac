// What P4InfoIndex knows of the objects of a program. Plain data but for lookups of parts by name.
import type { p4 } from '../messages.js';
import type { MatchKey } from '../values/match.js';
import type { ValueType } from '../values/value.js';
import type { Named, Names } from './names.js';

type DataTypeSpec = p4.config.v1.P4DataTypeSpec;

export interface ObjectInfo extends Named {
  readonly alias: string;
  readonly annotations: readonly string[];
}

export interface TableInfo extends ObjectInfo {
  readonly keys: Names<KeyInfo>;
  readonly actions: Names<TableActionInfo>;
  /** In entries. */
  readonly size: bigint;
  /** Priority above zero in every entry: the table has ternary, range or optional keys. */
  readonly needsPriority: boolean;
  /** The default action that cannot be changed, or null. */
  readonly constDefaultAction: ActionInfo | null;
  /** Whether every entry comes from the program. */
  readonly isConst: boolean;
  readonly hasIdleTimeout: boolean;
  /** The action profile that holds the table's actions, or null for a direct table. */
  readonly implementation: ActionProfileInfo | null;
  readonly directCounter: CounterInfo | null;
  readonly directMeter: MeterInfo | null;
  readonly message: p4.config.v1.Table;
}

/** A key of a table or a value set. */
export interface KeyInfo extends MatchKey, Named {}

export interface ActionInfo extends ObjectInfo {
  readonly params: Names<ParamInfo>;
}

/** An action as a table may use it. */
export interface TableActionInfo extends ObjectInfo {
  readonly action: ActionInfo;
  /** Usable in an entry; false for `@defaultonly`. */
  readonly inEntries: boolean;
  /** Usable as the default action; false for `@tableonly`. */
  readonly asDefault: boolean;
}

export interface ParamInfo extends Named {
  readonly type: ValueType;
}

export interface ActionProfileInfo extends ObjectInfo {
  readonly withSelector: boolean;
  readonly size: bigint;
  readonly maxGroupSize: number;
  readonly tableIds: readonly number[];
}

export type Unit = 'unspecified' | 'bytes' | 'packets' | 'both';

export interface CounterInfo extends ObjectInfo {
  readonly unit: Unit;
  /** In cells; 0 for a direct counter. */
  readonly size: bigint;
  /** 0 for an indirect counter. */
  readonly tableId: number;
}

export interface MeterInfo extends ObjectInfo {
  readonly unit: Unit;
  /** In cells; 0 for a direct meter. */
  readonly size: bigint;
  /** 0 for an indirect meter. */
  readonly tableId: number;
}

export interface RegisterInfo extends ObjectInfo {
  /** In cells. */
  readonly size: number;
  readonly typeSpec: DataTypeSpec;
}

export interface DigestInfo extends ObjectInfo {
  readonly typeSpec: DataTypeSpec;
}

export interface ValueSetInfo extends ObjectInfo {
  readonly keys: Names<KeyInfo>;
  /** In members. */
  readonly size: number;
}

/** The header that packets from (`packet_in`) or to (`packet_out`) the switch carry. */
export interface PacketHeaderInfo extends ObjectInfo {
  readonly fields: Names<ParamInfo>;
}
