import type { Type } from '../check/types.js';
import type { ActionInstance, ExternInstance, TableInstance, ValueSetInstance } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';

/**
 * The program after normalisation: calls of functions, actions, parsers and controls are inlined, expressions have no
 * side effects, and every name is a variable. Types are without `type` and serialisable enums; what is left is close
 * to what targets execute, but knows nothing of any target.
 */
export interface CoreProgram {
  readonly parser: CoreParser;
  readonly controls: ReadonlyMap<string, CoreControl>;
  /** The variables that stand for the architecture's parameters. */
  readonly roles: ReadonlyMap<Variable['role'], Variable>;
  /** Variables of the program and of the compiler; some may not be used. */
  readonly locals: readonly Variable[];
}

export interface CoreParser {
  readonly name: string;
  readonly states: readonly CoreState[];
  readonly valueSets: readonly ValueSetInstance[];
  readonly span: Span;
}

export interface CoreState {
  readonly name: string;
  readonly body: readonly Stmt[];
  readonly transition: CoreTransition;
  readonly span: Span;
}

/** `accept` and `reject` are targets too. */
export type CoreTransition =
  | { readonly kind: 'goto'; readonly target: string }
  | { readonly kind: 'select'; readonly keys: readonly Expr[]; readonly cases: readonly CoreCase[] };

export interface CoreCase {
  readonly keysets: readonly Keyset[];
  readonly target: string;
  readonly span: Span;
}

export type Keyset =
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'mask'; readonly value: bigint; readonly mask: bigint }
  | { readonly kind: 'range'; readonly lo: bigint; readonly hi: bigint }
  | { readonly kind: 'any' }
  | { readonly kind: 'valueSet'; readonly set: ValueSetInstance };

export interface CoreControl {
  readonly name: string;
  readonly body: readonly Stmt[];
  readonly actions: readonly CoreAction[];
  readonly tables: readonly CoreTable[];
  /** Extern instances of the control and of what is inlined into it, in the control plane's order. */
  readonly externs: readonly ExternInstance[];
  readonly span: Span;
}

export interface CoreAction {
  readonly name: string;
  readonly params: readonly Variable[];
  readonly body: readonly Stmt[];
  readonly span: Span;
}

export interface CoreTable {
  readonly name: string;
  readonly instance: TableInstance;
  readonly keys: readonly CoreKey[];
  /** In the order of the action list. */
  readonly actions: readonly { readonly instance: ActionInstance; readonly action: CoreAction }[];
  readonly defaultAction: { readonly call: CoreActionCall; readonly isConst: boolean } | undefined;
  readonly entries: readonly CoreEntry[];
  readonly span: Span;
}

export interface CoreKey {
  /** A field, or `isValid()` of a header: anything more is computed into a variable before the table is applied. */
  readonly expression: Expr;
  readonly matchKind: string;
  readonly name: string;
  readonly span: Span;
}

export interface CoreActionCall {
  readonly action: CoreAction;
  readonly args: readonly bigint[];
}

export interface CoreEntry {
  readonly keysets: readonly Keyset[];
  readonly call: CoreActionCall;
  /** Position in the order of matching: 1 is tried first. */
  readonly rank: number;
  readonly span: Span;
}

/** A place that holds a value. The architecture's parameters are variables too, one for the whole program. */
export interface Variable {
  readonly role: 'headers' | 'metadata' | 'standardMetadata' | 'local' | 'actionData';
  readonly name: string;
  readonly type: Type;
  /** Position among an action's parameters. */
  readonly index?: number;
}

interface Typed {
  readonly type: Type;
  readonly span: Span;
}

/** A place or a value; evaluating one has no effect. */
export type Expr =
  | ConstExpr
  | (Typed & { readonly kind: 'string'; readonly value: string })
  | VariableExpr
  | MemberExpr
  | IndexExpr
  | StackExpr
  | SliceExpr
  | (Typed & { readonly kind: 'unary'; readonly op: '!' | '~' | '-'; readonly operand: Expr })
  | BinaryExpr
  | (Typed & { readonly kind: 'mux'; readonly condition: Expr; readonly yes: Expr; readonly no: Expr })
  | (Typed & { readonly kind: 'cast'; readonly operand: Expr })
  | (Typed & { readonly kind: 'valid'; readonly header: Expr })
  | (Typed & { readonly kind: 'lookahead' })
  | ListExpr
  /** `{#}` */
  | (Typed & { readonly kind: 'invalid' });

/** An integer, a boolean (0 or 1), or the number of an `enum` or `error` member, whose name is kept. */
export interface ConstExpr extends Typed {
  readonly kind: 'const';
  readonly value: bigint;
  readonly name?: string;
}
export interface VariableExpr extends Typed {
  readonly kind: 'variable';
  readonly variable: Variable;
}
export interface MemberExpr extends Typed {
  readonly kind: 'member';
  readonly target: Expr;
  readonly field: string;
}
export interface IndexExpr extends Typed {
  readonly kind: 'index';
  readonly target: Expr;
  readonly index: Expr;
}
/** `stack.next`, `stack.last`, `stack.lastIndex`. */
export interface StackExpr extends Typed {
  readonly kind: 'stack';
  readonly target: Expr;
  readonly which: 'next' | 'last' | 'lastIndex';
}
export interface SliceExpr extends Typed {
  readonly kind: 'slice';
  readonly target: Expr;
  readonly hi: number;
  readonly lo: number;
}
export interface BinaryExpr extends Typed {
  readonly kind: 'binary';
  readonly op: ast.BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}
/** A struct, header or tuple by its parts, in order. */
export interface ListExpr extends Typed {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
}

/** What a `leave` jumps out of; made by inlining, never written by people. */
export interface Label {
  readonly name: string;
}

export type Stmt =
  | { readonly kind: 'assign'; readonly left: Expr; readonly right: Expr; readonly span: Span }
  | { readonly kind: 'validity'; readonly header: Expr; readonly valid: boolean; readonly span: Span }
  | {
      readonly kind: 'shift';
      readonly stack: Expr;
      readonly op: 'push' | 'pop';
      readonly count: number;
      readonly span: Span;
    }
  | ExternStmt
  | {
      readonly kind: 'if';
      readonly condition: Expr;
      readonly yes: readonly Stmt[];
      readonly no: readonly Stmt[];
      readonly span: Span;
    }
  | { readonly kind: 'apply'; readonly table: CoreTable; readonly outcome: Outcome; readonly span: Span }
  | { readonly kind: 'block'; readonly label: Label; readonly body: readonly Stmt[]; readonly span: Span }
  | { readonly kind: 'leave'; readonly label: Label; readonly span: Span }
  | { readonly kind: 'exit'; readonly span: Span };

/** A call of an extern function (`name` alone) or of a method of an extern instance or of the packet. */
export interface ExternStmt {
  readonly kind: 'extern';
  readonly name: string;
  readonly instance?: ExternInstance;
  readonly args: readonly Expr[];
  /** Type arguments, as for `digest<T>`. */
  readonly typeArgs: readonly Type[];
  readonly span: Span;
}

/** What runs after a table, by what happened in it. */
export type Outcome =
  | { readonly kind: 'any' }
  | { readonly kind: 'hit'; readonly hit: readonly Stmt[]; readonly miss: readonly Stmt[] }
  | {
      readonly kind: 'action';
      readonly cases: readonly { readonly actions: readonly CoreAction[]; readonly body: readonly Stmt[] }[];
      readonly otherwise: readonly Stmt[];
    };
