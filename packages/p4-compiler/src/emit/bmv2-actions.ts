import type { JsonSourceInfo } from './bmv2-json.js';
import type { JsonValue } from './bmv2-values.js';

export interface JsonAction {
  readonly name: string;
  readonly id: number;
  readonly runtime_data: readonly { readonly name: string; readonly bitwidth: number }[];
  readonly primitives: readonly JsonPrimitive[];
}

/** One step of an action. `_jump` and `_jump_if_zero` go to a position in the list of primitives. */
export interface JsonPrimitive {
  readonly op: string;
  readonly parameters: readonly JsonValue[];
  readonly source_info?: JsonSourceInfo;
}

export type JsonControlPrimitive = JsonPrimitive;
