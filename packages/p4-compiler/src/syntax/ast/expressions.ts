import type { Span } from '../source.js';
import type { Identifier, Node } from './node.js';
import type { NamedType, TypeNode } from './types.js';

// Expressions, keysets among them (P4_16 §8).

export type Expression =
  | NumberLiteral
  | BooleanLiteral
  | StringLiteral
  | PathExpression
  | TypeNameExpression
  | MemberExpression
  | IndexExpression
  | SliceExpression
  | UnaryExpression
  | BinaryExpression
  | ConditionalExpression
  | CastExpression
  | CallExpression
  | ConstructorExpression
  | ListExpression
  | StructExpression
  | InvalidExpression
  | DotsExpression
  | DefaultExpression
  | MaskExpression
  | RangeExpression;

/** `8w0xFF`, `4s7`, `0b1010`, `10`: width and sign absent for an infinite-precision `int`. */
export interface NumberLiteral extends Node {
  readonly kind: 'NumberLiteral';
  readonly value: bigint;
  readonly width?: number;
  readonly signed?: boolean;
  /** Radix as written (2, 8, 10, 16), for messages. */
  readonly base: number;
}
export interface BooleanLiteral extends Node {
  readonly kind: 'BooleanLiteral';
  readonly value: boolean;
}
export interface StringLiteral extends Node {
  readonly kind: 'StringLiteral';
  readonly value: string;
}
export interface PathExpression extends Node {
  readonly kind: 'PathExpression';
  readonly name: Identifier;
  /** `.name`: looked up at the top level. */
  readonly absolute: boolean;
}
/** A type where an expression may stand: `error.NoError`, `Enum.member`, `T.minSizeInBytes()`. */
export interface TypeNameExpression extends Node {
  readonly kind: 'TypeNameExpression';
  readonly type: TypeNode;
}
export interface MemberExpression extends Node {
  readonly kind: 'MemberExpression';
  readonly target: Expression;
  readonly member: Identifier;
}
export interface IndexExpression extends Node {
  readonly kind: 'IndexExpression';
  readonly target: Expression;
  readonly index: Expression;
}
/** `target[hi:lo]`. */
export interface SliceExpression extends Node {
  readonly kind: 'SliceExpression';
  readonly target: Expression;
  readonly hi: Expression;
  readonly lo: Expression;
}
export interface UnaryExpression extends Node {
  readonly kind: 'UnaryExpression';
  readonly op: '!' | '~' | '-' | '+';
  readonly operand: Expression;
}
export type BinaryOperator =
  | '*'
  | '/'
  | '%'
  | '+'
  | '-'
  | '|+|'
  | '|-|'
  | '<<'
  | '>>'
  | '<='
  | '>='
  | '<'
  | '>'
  | '!='
  | '=='
  | '&'
  | '^'
  | '|'
  | '++'
  | '&&'
  | '||';
export interface BinaryExpression extends Node {
  readonly kind: 'BinaryExpression';
  readonly op: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface ConditionalExpression extends Node {
  readonly kind: 'ConditionalExpression';
  readonly condition: Expression;
  readonly whenTrue: Expression;
  readonly whenFalse: Expression;
}
export interface CastExpression extends Node {
  readonly kind: 'CastExpression';
  readonly type: TypeNode;
  readonly operand: Expression;
}
/** A call of a function, method, action, table `apply`, parser or control `apply`, or of a constructor by name. */
export interface CallExpression extends Node {
  readonly kind: 'CallExpression';
  readonly callee: Expression;
  readonly typeArgs: readonly TypeNode[];
  readonly args: readonly Argument[];
}
/** `T(args)` where T is certainly a type (specialised, or in a declaration's constructor position). */
export interface ConstructorExpression extends Node {
  readonly kind: 'ConstructorExpression';
  readonly type: NamedType;
  readonly args: readonly Argument[];
}
export interface Argument {
  readonly span: Span;
  readonly name?: Identifier;
  /** Absent for `_`. */
  readonly value?: Expression;
}
/** `{ a, b }` */
export interface ListExpression extends Node {
  readonly kind: 'ListExpression';
  readonly elements: readonly Expression[];
  /** `(T){ ... }` is a CastExpression around this. */
}
/** `{ f = a, g = b }`, with an optional trailing `...`. */
export interface StructExpression extends Node {
  readonly kind: 'StructExpression';
  readonly fields: readonly { readonly name: Identifier; readonly value: Expression; readonly span: Span }[];
  readonly hasDots: boolean;
}
/** `{#}` */
export interface InvalidExpression extends Node {
  readonly kind: 'InvalidExpression';
}
/** `...` as a default value. */
export interface DotsExpression extends Node {
  readonly kind: 'DotsExpression';
}
/** `default` or `_` in a keyset. */
export interface DefaultExpression extends Node {
  readonly kind: 'DefaultExpression';
}
/** `value &&& mask` */
export interface MaskExpression extends Node {
  readonly kind: 'MaskExpression';
  readonly value: Expression;
  readonly mask: Expression;
}
/** `lo .. hi` */
export interface RangeExpression extends Node {
  readonly kind: 'RangeExpression';
  readonly lo: Expression;
  readonly hi: Expression;
}
