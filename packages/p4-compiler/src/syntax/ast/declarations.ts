import type { SourceFile, Span } from '../source.js';
import type { Argument, Expression, PathExpression } from './expressions.js';
import type { Annotation, Identifier, Node } from './node.js';
import type { BlockStatement, Statement } from './statements.js';
import type { NamedType, TypeNode } from './types.js';

// Declarations, and what stands in them: table properties, parser states (P4_16 §7, §11, §13, §14).

export type Declaration =
  | ConstantDeclaration
  | VariableDeclaration
  | InstanceDeclaration
  | TypedefDeclaration
  | NewtypeDeclaration
  | HeaderDeclaration
  | HeaderUnionDeclaration
  | StructDeclaration
  | EnumDeclaration
  | ErrorDeclaration
  | MatchKindDeclaration
  | ExternFunctionDeclaration
  | ExternObjectDeclaration
  | FunctionDeclaration
  | ActionDeclaration
  | TableDeclaration
  | ParserTypeDeclaration
  | ControlTypeDeclaration
  | PackageDeclaration
  | ParserDeclaration
  | ControlDeclaration
  | ValueSetDeclaration
  | ParserState
  | Parameter
  | TypeParameter;

interface Named extends Node {
  readonly name: Identifier;
  readonly annotations: readonly Annotation[];
}
export interface TypeParameter extends Node {
  readonly kind: 'TypeParameter';
  readonly name: Identifier;
}
export interface Parameter extends Named {
  readonly kind: 'Parameter';
  readonly direction: '' | 'in' | 'out' | 'inout';
  readonly type: TypeNode;
  readonly default?: Expression;
}
export interface ConstantDeclaration extends Named {
  readonly kind: 'ConstantDeclaration';
  readonly type: TypeNode;
  readonly value: Expression;
}
export interface VariableDeclaration extends Named {
  readonly kind: 'VariableDeclaration';
  readonly type: TypeNode;
  readonly init?: Expression;
}
/** `register<bit<32>>(16) r;`, `Pipe() p;`, at top level also `V1Switch(...) main;` */
export interface InstanceDeclaration extends Named {
  readonly kind: 'InstanceDeclaration';
  readonly type: NamedType;
  readonly args: readonly Argument[];
  /** `= { ... }` body of an extern with abstract methods. */
  readonly body?: readonly (FunctionDeclaration | InstanceDeclaration)[];
}
export interface TypedefDeclaration extends Named {
  readonly kind: 'TypedefDeclaration';
  readonly type: TypeNode;
}
/** `type bit<9> PortId_t;` */
export interface NewtypeDeclaration extends Named {
  readonly kind: 'NewtypeDeclaration';
  readonly type: TypeNode;
}
export interface StructField extends Node {
  readonly kind: 'StructField';
  readonly annotations: readonly Annotation[];
  readonly type: TypeNode;
  readonly name: Identifier;
}
interface StructLike extends Named {
  readonly typeParams: readonly TypeParameter[];
  readonly fields: readonly StructField[];
}
export interface HeaderDeclaration extends StructLike {
  readonly kind: 'HeaderDeclaration';
}
export interface HeaderUnionDeclaration extends StructLike {
  readonly kind: 'HeaderUnionDeclaration';
}
export interface StructDeclaration extends StructLike {
  readonly kind: 'StructDeclaration';
}
export interface EnumDeclaration extends Named {
  readonly kind: 'EnumDeclaration';
  /** `enum bit<8> E { A = 1 }`: the representation type of a serialisable enum. */
  readonly underlying?: TypeNode;
  readonly members: readonly {
    readonly name: Identifier;
    readonly value?: Expression;
    readonly annotations: readonly Annotation[];
    readonly span: Span;
  }[];
}
export interface ErrorDeclaration extends Node {
  readonly kind: 'ErrorDeclaration';
  readonly annotations: readonly Annotation[];
  readonly members: readonly Identifier[];
}
export interface MatchKindDeclaration extends Node {
  readonly kind: 'MatchKindDeclaration';
  readonly annotations: readonly Annotation[];
  readonly members: readonly Identifier[];
}
/** A function or method prototype. */
export interface Signature {
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
  readonly returnType: TypeNode;
}
export interface ExternFunctionDeclaration extends Named, Signature {
  readonly kind: 'ExternFunctionDeclaration';
}
export interface ExternMethod extends Named, Signature {
  readonly kind: 'ExternMethod';
  readonly isAbstract: boolean;
  /** True for a constructor prototype (its name is the extern's own). */
  readonly isConstructor: boolean;
}
export interface ExternObjectDeclaration extends Named {
  readonly kind: 'ExternObjectDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly methods: readonly ExternMethod[];
}
export interface FunctionDeclaration extends Named, Signature {
  readonly kind: 'FunctionDeclaration';
  readonly body: BlockStatement;
}
export interface ActionDeclaration extends Named {
  readonly kind: 'ActionDeclaration';
  readonly params: readonly Parameter[];
  readonly body: BlockStatement;
}
export interface ParserTypeDeclaration extends Named {
  readonly kind: 'ParserTypeDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
}
export interface ControlTypeDeclaration extends Named {
  readonly kind: 'ControlTypeDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
}
export interface PackageDeclaration extends Named {
  readonly kind: 'PackageDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
}
export interface ParserDeclaration extends Named {
  readonly kind: 'ParserDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
  readonly constructorParams: readonly Parameter[];
  readonly locals: readonly (
    | ConstantDeclaration
    | VariableDeclaration
    | InstanceDeclaration
    | ValueSetDeclaration
  )[];
  readonly states: readonly ParserState[];
}
export interface ParserState extends Named {
  readonly kind: 'ParserState';
  readonly statements: readonly Statement[];
  /** Absent: the state ends in `reject` (P4_16 §13.4). */
  readonly transition?: Transition;
}
export type Transition = DirectTransition | SelectTransition;
export interface DirectTransition extends Node {
  readonly kind: 'DirectTransition';
  readonly target: Identifier;
}
export interface SelectTransition extends Node {
  readonly kind: 'SelectTransition';
  readonly keys: readonly Expression[];
  readonly cases: readonly SelectCase[];
}
export interface SelectCase extends Node {
  readonly kind: 'SelectCase';
  /** One keyset expression per key; a single DefaultExpression may stand for all of them. */
  readonly keysets: readonly Expression[];
  readonly target: Identifier;
}
export interface ValueSetDeclaration extends Named {
  readonly kind: 'ValueSetDeclaration';
  readonly type: TypeNode;
  readonly size: Expression;
}
export interface ControlDeclaration extends Named {
  readonly kind: 'ControlDeclaration';
  readonly typeParams: readonly TypeParameter[];
  readonly params: readonly Parameter[];
  readonly constructorParams: readonly Parameter[];
  readonly locals: readonly (
    | ConstantDeclaration
    | VariableDeclaration
    | InstanceDeclaration
    | ActionDeclaration
    | TableDeclaration
  )[];
  readonly body: BlockStatement;
}
export interface TableDeclaration extends Named {
  readonly kind: 'TableDeclaration';
  readonly key?: readonly TableKey[];
  readonly actions: readonly TableAction[];
  /** Where `actions = { ... }` stands; absent if the table has none, which is an error. */
  readonly actionsSpan?: Span;
  readonly defaultAction?: {
    readonly action: TableActionCall;
    readonly isConst: boolean;
    readonly span: Span;
  };
  readonly entries?: {
    readonly isConst: boolean;
    readonly list: readonly TableEntryNode[];
    readonly span: Span;
  };
  readonly size?: Expression;
  /** Every other property: `implementation`, `counters`, `meters`, `support_timeout`, `largest_priority_wins`, ... */
  readonly properties: readonly TableProperty[];
}
export interface TableKey extends Node {
  readonly kind: 'TableKey';
  readonly annotations: readonly Annotation[];
  readonly expression: Expression;
  readonly matchKind: Identifier;
}
export interface TableAction extends Node {
  readonly kind: 'TableAction';
  readonly annotations: readonly Annotation[];
  readonly action: TableActionCall;
}
/** An action name with its (possibly empty) argument list, as in `actions`, `default_action` and `entries`. */
export interface TableActionCall extends Node {
  readonly kind: 'TableActionCall';
  readonly path: PathExpression;
  readonly args: readonly Argument[];
}
export interface TableEntryNode extends Node {
  readonly kind: 'TableEntry';
  readonly annotations: readonly Annotation[];
  readonly isConst: boolean;
  readonly priority?: Expression;
  readonly keysets: readonly Expression[];
  readonly action: TableActionCall;
}
export interface TableProperty extends Node {
  readonly kind: 'TableProperty';
  readonly annotations: readonly Annotation[];
  readonly isConst: boolean;
  readonly name: Identifier;
  readonly value: Expression;
}

export interface Program {
  readonly files: readonly SourceFile[];
  readonly declarations: readonly Declaration[];
}
