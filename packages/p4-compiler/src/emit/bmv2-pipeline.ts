import type { JsonSourceInfo } from './bmv2-json.js';
import type { JsonFieldReference, JsonValue } from './bmv2-values.js';

/** A graph of tables and conditionals; a null successor ends the pipeline. */
export interface JsonPipeline {
  readonly name: 'ingress' | 'egress';
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly init_table: string | null;
  readonly tables: readonly JsonTable[];
  readonly action_profiles: readonly JsonActionProfile[];
  readonly conditionals: readonly JsonConditional[];
}

export type JsonMatchType = 'exact' | 'lpm' | 'ternary' | 'range';

export interface JsonTable {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly key: readonly JsonKey[];
  /** range if any key is, else ternary, else lpm, else exact. */
  readonly match_type: JsonMatchType;
  readonly type: 'simple' | 'indirect' | 'indirect_ws';
  readonly action_profile?: string;
  readonly max_size: number;
  readonly with_counters: boolean;
  readonly support_timeout: boolean;
  readonly direct_meters: string | null;
  readonly action_ids: readonly number[];
  readonly actions: readonly string[];
  /** Where to go on when no action ran. */
  readonly base_default_next: string | null;
  /** By the name of the action that ran, or by `__HIT__` and `__MISS__`. */
  readonly next_tables: Readonly<Record<string, string | null>>;
  readonly default_entry?: JsonActionEntry & {
    readonly action_const: boolean;
    readonly action_entry_const: boolean;
  };
  readonly entries?: readonly JsonTableEntry[];
}

export interface JsonKey {
  readonly match_type: JsonMatchType;
  /** As the control plane calls it. */
  readonly name: string;
  readonly target: JsonFieldReference;
  readonly mask: string | null;
}

export interface JsonActionEntry {
  readonly action_id: number;
  readonly action_data: readonly string[];
}

export interface JsonTableEntry {
  readonly source_info?: JsonSourceInfo;
  readonly match_key: readonly JsonMatch[];
  readonly action_entry: JsonActionEntry;
  /** The lowest number wins. */
  readonly priority: number;
}

export type JsonMatch =
  | { readonly match_type: 'exact'; readonly key: string }
  | { readonly match_type: 'lpm'; readonly key: string; readonly prefix_length: number }
  | { readonly match_type: 'ternary'; readonly key: string; readonly mask: string }
  | { readonly match_type: 'range'; readonly start: string; readonly end: string };

export interface JsonActionProfile {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly max_size: number;
  readonly selector?: { readonly algo: string; readonly input: readonly JsonValue[] };
}

export interface JsonConditional {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly expression: JsonValue;
  readonly true_next: string | null;
  readonly false_next: string | null;
}
