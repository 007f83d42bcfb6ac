import type { Span } from '../source.js';
import type { Expression } from './expressions.js';

/**
 * The syntax tree of a P4_16 program (P4_16 language specification 1.2.5, appendix H), close to the source: nothing is
 * resolved, folded or renamed here. Nodes are plain immutable objects told apart by `kind`; identity (===) is what
 * the checker's maps are keyed by, so a node is never shared between two places of a tree.
 */
export interface Node {
  readonly kind: string;
  readonly span: Span;
}

export interface Identifier {
  readonly text: string;
  readonly span: Span;
}

/** `@name("x")`, `@id(7)`, `@defaultonly`, `@pragma[key=value]`: both forms of annotation, arguments unevaluated. */
export interface Annotation {
  readonly name: string;
  readonly span: Span;
  /** `@a(...)`: the argument expressions; undefined for `@a` without parentheses and for structured annotations. */
  readonly args?: readonly Expression[];
  /** `@a[...]`: an expression list or a key-value list. */
  readonly structured?: { readonly list?: readonly Expression[]; readonly pairs?: readonly KeyValue[] };
  /** The text between the parentheses as written, for annotations whose body is not an expression list. */
  readonly body?: string;
}
export interface KeyValue {
  readonly key: string;
  readonly value: Expression;
  readonly span: Span;
}
