import type { Field, Header, HeaderStack, HeaderUnion, RegisterDecl, UnionStack } from './program.js';

/**
 * Expressions have infinite precision: `+`, `-`, `*`, `<<` and `~` grow or go negative, and only an assignment
 * truncates (BMv2's JSON_format.md, "General information"). Truncation inside an expression is spelled out by the
 * compiler with `&` and `two_comp_mod`.
 */
export type DataExpr =
  | { readonly kind: 'const'; readonly value: bigint }
  | { readonly kind: 'field'; readonly field: Field }
  /** The hidden field `$valid$`: 1 or 0. */
  | { readonly kind: 'validBit'; readonly header: Header }
  /** Action data. */
  | { readonly kind: 'local'; readonly index: number; readonly width: number }
  | { readonly kind: 'register'; readonly array: RegisterDecl; readonly index: DataExpr }
  | { readonly kind: 'binary'; readonly op: BinaryOp; readonly left: DataExpr; readonly right: DataExpr }
  | { readonly kind: 'not'; readonly operand: DataExpr }
  | { readonly kind: 'cast'; readonly op: CastOp; readonly operand: DataExpr; readonly width: number }
  | { readonly kind: 'fromBool'; readonly operand: BoolExpr }
  | {
      readonly kind: 'choose';
      readonly condition: BoolExpr;
      readonly whenTrue: DataExpr;
      readonly whenFalse: DataExpr;
    }
  /** A field of the last element that was extracted into a stack. */
  | { readonly kind: 'lastField'; readonly stack: HeaderStack; readonly offset: number }
  | {
      readonly kind: 'lastUnionField';
      readonly stack: UnionStack;
      readonly member: number;
      readonly offset: number;
    }
  | { readonly kind: 'accessField'; readonly header: HeaderExpr; readonly offset: number }
  | { readonly kind: 'lastIndex'; readonly stack: HeaderStack }
  | { readonly kind: 'stackSize'; readonly stack: HeaderStack };

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '<<' | '>>' | '&' | '|' | '^';
export type CastOp = 'two_comp_mod' | 'usat_cast' | 'sat_cast';
export type CompareOp = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type BoolExpr =
  | { readonly kind: 'bool'; readonly value: boolean }
  | {
      readonly kind: 'compare';
      readonly op: CompareOp;
      readonly left: DataExpr;
      readonly right: DataExpr;
    }
  | {
      readonly kind: 'sameHeader';
      readonly negate: boolean;
      readonly left: HeaderExpr;
      readonly right: HeaderExpr;
    }
  | {
      readonly kind: 'sameUnion';
      readonly negate: boolean;
      readonly left: UnionExpr;
      readonly right: UnionExpr;
    }
  | {
      readonly kind: 'sameBool';
      readonly negate: boolean;
      readonly left: BoolExpr;
      readonly right: BoolExpr;
    }
  | { readonly kind: 'and' | 'or'; readonly left: BoolExpr; readonly right: BoolExpr }
  | { readonly kind: 'negate'; readonly operand: BoolExpr }
  | { readonly kind: 'isValid'; readonly header: HeaderExpr }
  | { readonly kind: 'isUnionValid'; readonly union: UnionExpr }
  | { readonly kind: 'fromData'; readonly operand: DataExpr }
  | {
      readonly kind: 'chooseBool';
      readonly condition: BoolExpr;
      readonly whenTrue: BoolExpr;
      readonly whenFalse: BoolExpr;
    };

export type HeaderExpr =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'stackElement'; readonly stack: HeaderStack; readonly index: DataExpr }
  | { readonly kind: 'unionMember'; readonly union: UnionExpr; readonly member: number };

export type UnionExpr =
  | { readonly kind: 'union'; readonly union: HeaderUnion }
  | { readonly kind: 'unionElement'; readonly stack: UnionStack; readonly index: DataExpr };

/** Every header that the expression can stand for; all have the same type, hence the same fields. */
export function candidates(expr: HeaderExpr): readonly Header[] {
  switch (expr.kind) {
    case 'header':
      return [expr.header];
    case 'stackElement':
      return expr.stack.headers;
    case 'unionMember':
      return unionCandidates(expr.union).map((union) => union.headers[expr.member]!);
  }
}

export function unionCandidates(expr: UnionExpr): readonly HeaderUnion[] {
  return expr.kind === 'union' ? [expr.union] : expr.stack.unions;
}
