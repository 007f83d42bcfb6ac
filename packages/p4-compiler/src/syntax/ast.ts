import type { Span } from './source.js';

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

// ---------------------------------------------------------------------------------------------- types

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

// ---------------------------------------------------------------------------------------- expressions

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

// ----------------------------------------------------------------------------------------- statements

export type Statement =
  | BlockStatement
  | EmptyStatement
  | AssignmentStatement
  | CallStatement
  | IfStatement
  | SwitchStatement
  | ReturnStatement
  | ExitStatement
  | BreakStatement
  | ContinueStatement
  | ForStatement
  | ForInStatement
  | DeclarationStatement;

export interface BlockStatement extends Node {
  readonly kind: 'BlockStatement';
  readonly annotations: readonly Annotation[];
  readonly statements: readonly Statement[];
}
export interface EmptyStatement extends Node {
  readonly kind: 'EmptyStatement';
}
/** `left = right`, or `left op= right` with `op` set. */
export interface AssignmentStatement extends Node {
  readonly kind: 'AssignmentStatement';
  readonly left: Expression;
  readonly right: Expression;
  readonly op?: BinaryOperator;
}
export interface CallStatement extends Node {
  readonly kind: 'CallStatement';
  readonly call: CallExpression;
}
export interface IfStatement extends Node {
  readonly kind: 'IfStatement';
  readonly condition: Expression;
  readonly then: Statement;
  readonly else?: Statement;
}
export interface SwitchStatement extends Node {
  readonly kind: 'SwitchStatement';
  readonly selector: Expression;
  readonly cases: readonly SwitchCase[];
}
export interface SwitchCase {
  readonly span: Span;
  /** DefaultExpression for `default`. */
  readonly label: Expression;
  /** Absent when the case falls through to the next one. */
  readonly body?: BlockStatement;
}
export interface ReturnStatement extends Node {
  readonly kind: 'ReturnStatement';
  readonly value?: Expression;
}
export interface ExitStatement extends Node {
  readonly kind: 'ExitStatement';
}
export interface BreakStatement extends Node {
  readonly kind: 'BreakStatement';
}
export interface ContinueStatement extends Node {
  readonly kind: 'ContinueStatement';
}
export interface ForStatement extends Node {
  readonly kind: 'ForStatement';
  readonly init: readonly Statement[];
  readonly condition: Expression;
  readonly update: readonly Statement[];
  readonly body: Statement;
}
export interface ForInStatement extends Node {
  readonly kind: 'ForInStatement';
  readonly variable: VariableDeclaration;
  readonly collection: Expression;
  readonly body: Statement;
}
export interface DeclarationStatement extends Node {
  readonly kind: 'DeclarationStatement';
  readonly declaration: VariableDeclaration | ConstantDeclaration | InstanceDeclaration;
}

// --------------------------------------------------------------------------------------- declarations

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
  readonly files: readonly import('./source.js').SourceFile[];
  readonly declarations: readonly Declaration[];
}
