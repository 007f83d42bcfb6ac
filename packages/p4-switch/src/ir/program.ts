import type { BoolExpr, DataExpr, HeaderExpr, UnionExpr } from './expressions.js';
import type { Primitive } from './primitives.js';

/**
 * A BMv2 program with every name resolved. Objects point at one another directly, and each has an `index` into the
 * list of its kind, so that an engine can keep its state in arrays. Nothing here changes after loading.
 */
export interface Program {
  readonly name: string;
  readonly headers: readonly Header[];
  readonly fields: readonly Field[];
  readonly stacks: readonly HeaderStack[];
  readonly unions: readonly HeaderUnion[];
  readonly unionStacks: readonly UnionStack[];
  readonly errors: ReadonlyMap<string, number>;
  readonly enums: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly parser: Parser;
  readonly valueSets: readonly ValueSet[];
  readonly deparser: Deparser;
  readonly calculations: readonly Calculation[];
  readonly checksums: readonly Checksum[];
  readonly counters: readonly CounterDecl[];
  readonly meters: readonly MeterDecl[];
  readonly registers: readonly RegisterDecl[];
  readonly actions: readonly Action[];
  readonly tables: readonly TableDecl[];
  readonly profiles: readonly ActionProfileDecl[];
  readonly ingress: Pipeline;
  readonly egress: Pipeline;
  readonly learnLists: readonly LearnList[];
  readonly fieldLists: readonly FieldList[];
  /** Fields that the v1model architecture reads and writes, found by BMv2's name or through field_aliases. */
  readonly intrinsic: ReadonlyMap<string, Field>;
  /** Fields that the program reads or writes by name anywhere. */
  readonly mentioned: ReadonlySet<Field>;
}

export interface Field {
  readonly index: number;
  readonly name: string;
  readonly header: Header;
  /** Position among the fields of its header. */
  readonly offset: number;
  /** Bits; for a varbit field the most it can hold. */
  readonly width: number;
  readonly signed: boolean;
  readonly saturating: boolean;
  readonly varbit: boolean;
}

export interface Header {
  readonly index: number;
  readonly name: string;
  readonly typeName: string;
  readonly metadata: boolean;
  readonly fields: readonly Field[];
  /** Bytes of the fields of fixed width. */
  readonly fixedBytes: number;
  readonly varbit: Field | undefined;
  /** Bits of the varbit field, for P4_14 style `extract`; its locals are fields of this header. */
  readonly lengthExpression: DataExpr | undefined;
  /** 0: no limit was given. */
  readonly maxBytes: number;
  /** Set when the header is a member of a union: one member is valid at a time. */
  readonly union: { readonly union: HeaderUnion; readonly member: number } | undefined;
}

export interface HeaderStack {
  readonly index: number;
  readonly name: string;
  readonly headers: readonly Header[];
}

export interface HeaderUnion {
  readonly index: number;
  readonly name: string;
  readonly headers: readonly Header[];
}

export interface UnionStack {
  readonly index: number;
  readonly name: string;
  readonly unions: readonly HeaderUnion[];
}

export interface Parser {
  readonly states: readonly ParseState[];
  readonly initial: ParseState | undefined;
}

export interface ParseState {
  readonly index: number;
  readonly name: string;
  readonly ops: readonly ParserOp[];
  readonly key: readonly TransitionKeyPart[];
  /** In order; the first that matches wins. */
  readonly cases: readonly TransitionCase[];
  /** undefined: parsing ends. */
  readonly otherwise: ParseState | undefined;
}

export type ExtractTarget =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'stack'; readonly stack: HeaderStack }
  | { readonly kind: 'unionStack'; readonly stack: UnionStack; readonly member: number };

export type ParserOp =
  | {
      readonly op: 'extract';
      readonly target: ExtractTarget;
      /** Bits of the varbit field (`extract_VL`). */
      readonly length: DataExpr | undefined;
    }
  | { readonly op: 'set'; readonly field: Field; readonly value: DataExpr }
  | {
      readonly op: 'setLookahead';
      readonly field: Field;
      readonly offset: number;
      readonly width: number;
    }
  | { readonly op: 'verify'; readonly condition: BoolExpr; readonly error: DataExpr }
  | { readonly op: 'advance'; readonly bits: DataExpr }
  | { readonly op: 'primitive'; readonly primitive: Primitive };

export type TransitionKeyPart =
  | { readonly kind: 'value'; readonly value: DataExpr; readonly width: number }
  | { readonly kind: 'lookahead'; readonly offset: number; readonly width: number };

/** Values are byte-padded part by part, as in the JSON: a 12-bit and a 2-bit part make 3 bytes. */
export type TransitionCase =
  | {
      readonly kind: 'value';
      readonly value: bigint;
      readonly mask: bigint | undefined;
      readonly next: ParseState | undefined;
    }
  | {
      readonly kind: 'valueSet';
      readonly set: ValueSet;
      readonly mask: bigint | undefined;
      readonly next: ParseState | undefined;
    };

export interface ValueSet {
  readonly index: number;
  readonly name: string;
  /** Bits of a member, without padding. */
  readonly width: number;
  /** Widths of the key parts that the set is matched with, most significant first; set when a state uses it. */
  readonly partWidths: readonly number[];
}

export interface Deparser {
  readonly headers: readonly Header[];
  readonly primitives: readonly Primitive[];
}

export type CalculationInput =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'constant'; readonly value: bigint; readonly width: number };

export interface Calculation {
  readonly index: number;
  readonly name: string;
  readonly algorithm: string;
  readonly inputs: readonly CalculationInput[];
  readonly withPayload: boolean;
}

export interface Checksum {
  readonly name: string;
  readonly target: Field;
  readonly calculation: Calculation;
  readonly verify: boolean;
  readonly update: boolean;
  readonly condition: BoolExpr | undefined;
}

export interface CounterDecl {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  /** Name of the table it belongs to, if direct. */
  readonly table: string | undefined;
}

export interface MeterDecl {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  readonly unit: 'bytes' | 'packets';
  readonly table: string | undefined;
  /** Where a direct meter writes its colour. */
  readonly result: Field | undefined;
}

export interface RegisterDecl {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  readonly width: number;
}

export interface Action {
  readonly index: number;
  /** The `id` of the JSON. */
  readonly id: number;
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly width: number }[];
  readonly body: readonly Primitive[];
}

export type MatchKind = 'exact' | 'lpm' | 'ternary' | 'range' | 'optional' | 'valid';

export interface KeyPart {
  readonly name: string;
  readonly match: MatchKind;
  readonly width: number;
  readonly source:
    | { readonly kind: 'field'; readonly field: Field }
    | { readonly kind: 'valid'; readonly header: Header };
  /** Static mask applied to the field before matching. */
  readonly mask: bigint | undefined;
}

export interface ActionCall {
  readonly action: Action;
  readonly data: readonly bigint[];
}

export interface TableDecl {
  readonly index: number;
  readonly name: string;
  readonly pipeline: 'ingress' | 'egress';
  readonly match: 'exact' | 'lpm' | 'ternary' | 'range';
  readonly key: readonly KeyPart[];
  readonly size: number;
  readonly actions: readonly Action[];
  readonly profile: ActionProfileDecl | undefined;
  readonly withCounters: boolean;
  readonly withTimeout: boolean;
  readonly meter: MeterDecl | undefined;
  readonly defaultAction: ActionCall | undefined;
  /** The control plane may not choose another default action. */
  readonly constDefaultAction: boolean;
  /** The control plane may not change the default entry at all. */
  readonly constDefaultEntry: boolean;
  readonly constEntries: readonly ConstEntry[] | undefined;
  /** By action index; with hit/miss routing the action does not matter. */
  readonly next: TableNext;
}

export type TableNext =
  | {
      readonly kind: 'byAction';
      readonly targets: ReadonlyMap<number, Node | undefined>;
      /** After a miss without a default action. */
      readonly base: Node | undefined;
    }
  | { readonly kind: 'byHit'; readonly hit: Node | undefined; readonly miss: Node | undefined };

export type EntryKey =
  | { readonly kind: 'exact'; readonly value: bigint }
  | { readonly kind: 'lpm'; readonly value: bigint; readonly prefixLength: number }
  | { readonly kind: 'ternary'; readonly value: bigint; readonly mask: bigint }
  | { readonly kind: 'range'; readonly low: bigint; readonly high: bigint };

export interface ConstEntry {
  readonly key: readonly EntryKey[];
  readonly call: ActionCall;
  /** As in the JSON: the lower number wins. */
  readonly jsonPriority: number;
}

export interface ActionProfileDecl {
  readonly index: number;
  readonly name: string;
  readonly size: number;
  readonly selector: { readonly algorithm: string; readonly inputs: readonly CalculationInput[] } | undefined;
}

export interface Conditional {
  readonly index: number;
  readonly name: string;
  readonly condition: BoolExpr;
  readonly whenTrue: Node | undefined;
  readonly whenFalse: Node | undefined;
}

export interface ActionNode {
  readonly name: string;
  readonly action: Action;
  readonly next: Node | undefined;
}

/** A step of the control flow. `undefined` as a successor ends the pipeline. */
export type Node =
  | { readonly kind: 'table'; readonly table: TableDecl }
  | { readonly kind: 'conditional'; readonly conditional: Conditional }
  | { readonly kind: 'action'; readonly call: ActionNode };

export interface Pipeline {
  readonly name: 'ingress' | 'egress';
  readonly first: Node | undefined;
  /** In an order in which every node comes before its successors. */
  readonly nodes: readonly Node[];
}

export interface LearnList {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface FieldList {
  readonly id: number;
  readonly name: string;
  readonly fields: readonly Field[];
}

export type { BoolExpr, DataExpr, HeaderExpr, Primitive, UnionExpr };
