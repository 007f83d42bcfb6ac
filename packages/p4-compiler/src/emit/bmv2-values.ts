/** Header instance and field. */
export type JsonFieldReference = readonly [string, string];

/** A place or a value, as a parameter of a primitive or an operand of an expression. */
export type JsonValue =
  | { readonly type: 'field'; readonly value: JsonFieldReference }
  /** A number in hexadecimal, negative ones with a sign; the width is given where a calculation needs it. */
  | { readonly type: 'hexstr'; readonly value: string; readonly bitwidth?: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'header'; readonly value: string }
  | { readonly type: 'header_stack'; readonly value: string }
  | { readonly type: 'header_union'; readonly value: string }
  | { readonly type: 'header_union_stack'; readonly value: string }
  /** Field of the last element of a stack. */
  | { readonly type: 'stack_field'; readonly value: JsonFieldReference }
  | { readonly type: 'union_stack_field'; readonly value: readonly [string, string, string] }
  /** Bits of the packet ahead: offset and number. */
  | { readonly type: 'lookahead'; readonly value: readonly [number, number] }
  /** An action's parameter, by position; inside of an expression it is called `local`. */
  | { readonly type: 'runtime_data'; readonly value: number }
  | { readonly type: 'local'; readonly value: number }
  | { readonly type: 'counter_array' | 'meter_array' | 'register_array'; readonly value: string }
  | { readonly type: 'calculation'; readonly value: string }
  | { readonly type: 'payload'; readonly value: null }
  | { readonly type: 'parameters_vector'; readonly value: readonly JsonValue[] | Record<never, never> }
  | JsonExpression;

/**
 * Numbers in expressions have no width: the compiler masks results (`&`, `two_comp_mod`) where P4 would wrap. A
 * parameter that is an expression is wrapped in a second one.
 */
export interface JsonExpression {
  readonly type: 'expression';
  readonly value: JsonOperation | JsonExpression;
}

export interface JsonOperation {
  readonly op: string;
  readonly left: JsonValue | null;
  readonly right: JsonValue | number;
  /** For `?`, which gives `left` when it is true. */
  readonly cond?: JsonValue;
}
