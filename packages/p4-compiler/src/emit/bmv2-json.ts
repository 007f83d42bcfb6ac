import type { JsonAction, JsonControlPrimitive } from './bmv2-actions.js';
import type { JsonParser, JsonParserValueSet } from './bmv2-parser.js';
import type { JsonPipeline } from './bmv2-pipeline.js';
import type { JsonExpression, JsonFieldReference, JsonValue } from './bmv2-values.js';

/**
 * What a BMv2 switch loads: the JSON configuration, format 2.23 (behavioral-model, docs/JSON_format.md). Ids are
 * unique within their list and count from 0, those of `field_lists` and `learn_lists` from 1.
 */
export interface Bmv2Json {
  /** Path of the source. */
  readonly program: string;
  readonly __meta__: { readonly version: readonly [number, number]; readonly compiler: string };
  readonly header_types: readonly JsonHeaderType[];
  readonly headers: readonly JsonHeader[];
  readonly header_stacks: readonly JsonHeaderStack[];
  readonly header_union_types: readonly JsonHeaderUnionType[];
  readonly header_unions: readonly JsonHeaderUnion[];
  readonly header_union_stacks: readonly JsonHeaderUnionStack[];
  /** What `clone`, `resubmit` and `recirculate` keep of the metadata. */
  readonly field_lists: readonly JsonFieldList[];
  /** Name and code of every `error`. */
  readonly errors: readonly (readonly [string, number])[];
  readonly enums: readonly {
    readonly name: string;
    readonly entries: readonly (readonly [string, number])[];
  }[];
  readonly parsers: readonly JsonParser[];
  readonly parse_vsets: readonly JsonParserValueSet[];
  readonly deparsers: readonly JsonDeparser[];
  readonly meter_arrays: readonly JsonMeterArray[];
  readonly counter_arrays: readonly JsonCounterArray[];
  readonly register_arrays: readonly JsonRegisterArray[];
  readonly calculations: readonly JsonCalculation[];
  /** Data of digests. */
  readonly learn_lists: readonly JsonFieldList[];
  readonly actions: readonly JsonAction[];
  readonly pipelines: readonly JsonPipeline[];
  readonly checksums: readonly JsonChecksum[];
  readonly force_arith: readonly JsonFieldReference[];
  readonly extern_instances: readonly never[];
  /** Names that the target knows a field by, as `intrinsic_metadata.mcast_grp`, and the field. */
  readonly field_aliases: readonly (readonly [string, JsonFieldReference])[];
}

/** Where something stands in the source: 1-based line, 0-based column, and its first line of text. */
export interface JsonSourceInfo {
  readonly filename: string;
  readonly line: number;
  readonly column: number;
  readonly source_fragment: string;
}

export interface JsonHeaderType {
  readonly name: string;
  readonly id: number;
  /** Name, width in bits (`*` for a varbit), and whether it is signed. */
  readonly fields: readonly (readonly [string, number | '*', boolean])[];
  /** Greatest length in bytes, for types with a varbit. */
  readonly max_length?: number;
}

export interface JsonHeader {
  readonly name: string;
  readonly id: number;
  readonly header_type: string;
  readonly metadata: boolean;
  /** Keeps it out of what PI shows. */
  readonly pi_omit: true;
}

export interface JsonHeaderStack {
  readonly name: string;
  readonly id: number;
  readonly header_type: string;
  readonly size: number;
  readonly header_ids: readonly number[];
}

export interface JsonHeaderUnionType {
  readonly name: string;
  readonly id: number;
  /** Member and its header type. */
  readonly headers: readonly (readonly [string, string])[];
}

export interface JsonHeaderUnion {
  readonly name: string;
  readonly id: number;
  readonly union_type: string;
  readonly header_ids: readonly number[];
  readonly pi_omit: true;
}

export interface JsonHeaderUnionStack {
  readonly name: string;
  readonly id: number;
  readonly union_type: string;
  readonly size: number;
  readonly header_union_ids: readonly number[];
}

export interface JsonFieldList {
  readonly id: number;
  readonly name: string;
  readonly source_info?: JsonSourceInfo;
  readonly elements: readonly JsonValue[];
}

export interface JsonDeparser {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  /** Headers in the order in which valid ones are written. */
  readonly order: readonly string[];
  readonly primitives: readonly JsonControlPrimitive[];
}

export interface JsonCounterArray {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly is_direct: boolean;
  /** Number of cells of an indexed counter. */
  readonly size?: number;
  /** The table of a direct counter. */
  readonly binding?: string;
}

export interface JsonMeterArray {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly is_direct: boolean;
  readonly rate_count: 2;
  readonly type: 'packets' | 'bytes';
  readonly size: number;
  readonly binding?: string;
  /** Where a direct meter leaves its colour. */
  readonly result_target?: JsonFieldReference;
}

export interface JsonRegisterArray {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly size: number;
  readonly bitwidth: number;
}

export interface JsonCalculation {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly algo: string;
  readonly input: readonly JsonValue[];
}

export interface JsonChecksum {
  readonly name: string;
  readonly id: number;
  readonly source_info?: JsonSourceInfo;
  readonly target: JsonFieldReference;
  readonly type: 'generic';
  readonly calculation: string;
  readonly verify: boolean;
  readonly update: boolean;
  readonly if_cond: JsonExpression | { readonly type: 'bool'; readonly value: boolean } | null;
}
