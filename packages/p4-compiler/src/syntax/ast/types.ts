import type { Expression } from './expressions.js';
import type { Identifier, Node } from './node.js';

// Types as they are written (P4_16 §7).

export type TypeNode = BaseType | NamedType | HeaderStackType | TupleType | ListType;

/** `bool`, `error`, `string`, `void`, `match_kind`, `int`, `bit<W>`, `int<W>`, `varbit<W>`, `_` (don't care). */
export interface BaseType extends Node {
  readonly kind: 'BaseType';
  readonly base:
    | 'bool'
    | 'error'
    | 'string'
    | 'void'
    | 'match_kind'
    | 'int'
    | 'bit'
    | 'fixedInt'
    | 'varbit'
    | 'dontcare';
  /** For bit, fixedInt and varbit: the width expression; absent on plain `bit` (= `bit<1>`) and on the others. */
  readonly width?: Expression;
}
/** A type name, with type arguments if it is specialised: `headers_t`, `.T`, `register<bit<32>>`. */
export interface NamedType extends Node {
  readonly kind: 'NamedType';
  readonly name: Identifier;
  readonly absolute: boolean;
  readonly typeArgs: readonly TypeNode[];
}
export interface HeaderStackType extends Node {
  readonly kind: 'HeaderStackType';
  readonly element: TypeNode;
  readonly size: Expression;
}
export interface TupleType extends Node {
  readonly kind: 'TupleType';
  readonly elements: readonly TypeNode[];
}
export interface ListType extends Node {
  readonly kind: 'ListType';
  readonly element: TypeNode;
}
