import type { JsonPrimitive } from './bmv2-actions.js';
import type { JsonValue } from './bmv2-values.js';

export interface JsonParser {
  readonly name: string;
  readonly id: number;
  readonly init_state: string;
  readonly parse_states: readonly JsonParseState[];
}

export interface JsonParseState {
  readonly name: string;
  readonly id: number;
  readonly parser_ops: readonly JsonParserOp[];
  /** Tried in order. */
  readonly transitions: readonly JsonTransition[];
  readonly transition_key: readonly JsonValue[];
}

/** `extract`, `extract_VL`, `set`, `verify`, `advance`, or a `primitive` of actions. */
export interface JsonParserOp {
  readonly op: string;
  readonly parameters: readonly (JsonValue | JsonExtract | JsonPrimitive)[];
}

export interface JsonExtract {
  readonly type: 'regular' | 'stack' | 'union_stack';
  readonly value: string | readonly string[];
}

/** `value` and `mask` hold the keys one after another, each padded to whole bytes. A null next state accepts. */
export interface JsonTransition {
  readonly type: 'default' | 'hexstr' | 'parse_vset';
  readonly value: string | null;
  readonly mask: string | null;
  readonly next_state: string | null;
}

export interface JsonParserValueSet {
  readonly name: string;
  readonly id: number;
  readonly compressed_bitwidth: number;
  readonly max_size: number;
}
