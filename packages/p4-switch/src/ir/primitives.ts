import type { BoolExpr, DataExpr, HeaderExpr, UnionExpr } from './expressions.js';
import type {
  Calculation,
  CounterDecl,
  Field,
  HeaderStack,
  MeterDecl,
  RegisterDecl,
  UnionStack,
} from './program.js';

/** Something that can be assigned to. */
export type Lvalue =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'lastField'; readonly stack: HeaderStack; readonly offset: number }
  | { readonly kind: 'accessField'; readonly header: HeaderExpr; readonly offset: number }
  | { readonly kind: 'register'; readonly array: RegisterDecl; readonly index: DataExpr };

/** One step of an action. Jumps stay inside it; p4c makes backward ones of loops, and engines bound how often they run. */
export type Primitive =
  | { readonly op: 'assign'; readonly target: Lvalue; readonly value: DataExpr }
  | { readonly op: 'assignVarbit'; readonly target: Field; readonly source: Field }
  | { readonly op: 'assignHeader'; readonly target: HeaderExpr; readonly source: HeaderExpr }
  | { readonly op: 'assignUnion'; readonly target: UnionExpr; readonly source: UnionExpr }
  | { readonly op: 'assignStack'; readonly target: HeaderStack; readonly source: HeaderStack }
  | { readonly op: 'assignUnionStack'; readonly target: UnionStack; readonly source: UnionStack }
  | { readonly op: 'setValid'; readonly header: HeaderExpr }
  | { readonly op: 'setInvalid'; readonly header: HeaderExpr }
  | { readonly op: 'push' | 'pop'; readonly stack: HeaderStack; readonly count: number }
  | { readonly op: 'pushUnion' | 'popUnion'; readonly stack: UnionStack; readonly count: number }
  | { readonly op: 'jump'; readonly target: number }
  | { readonly op: 'jumpIfZero'; readonly condition: DataExpr; readonly target: number }
  | { readonly op: 'exit' }
  | { readonly op: 'assert'; readonly condition: BoolExpr; readonly what: 'assert' | 'assume' }
  | { readonly op: 'log'; readonly format: string; readonly args: readonly DataExpr[] }
  | { readonly op: 'drop' }
  | { readonly op: 'count'; readonly counter: CounterDecl; readonly index: DataExpr }
  | {
      readonly op: 'meter';
      readonly meter: MeterDecl;
      readonly index: DataExpr;
      readonly target: Lvalue;
    }
  | {
      readonly op: 'registerRead';
      readonly target: Lvalue;
      readonly array: RegisterDecl;
      readonly index: DataExpr;
    }
  | {
      readonly op: 'registerWrite';
      readonly array: RegisterDecl;
      readonly index: DataExpr;
      readonly value: DataExpr;
    }
  | {
      readonly op: 'hash';
      readonly target: Lvalue;
      readonly base: DataExpr;
      readonly calculation: Calculation;
      readonly size: DataExpr;
    }
  | {
      readonly op: 'random';
      readonly target: Lvalue;
      readonly low: DataExpr;
      readonly high: DataExpr;
    }
  | { readonly op: 'digest'; readonly list: DataExpr }
  | { readonly op: 'clone'; readonly session: DataExpr; readonly fieldList: DataExpr }
  | { readonly op: 'resubmit' | 'recirculate'; readonly fieldList: DataExpr }
  | { readonly op: 'truncate'; readonly length: DataExpr }
  | { readonly op: 'nothing' };
