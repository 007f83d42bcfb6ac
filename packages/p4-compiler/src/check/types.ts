import type * as ast from '../syntax/ast.js';

/** A type as the checker knows it (P4_16 §7): named, resolved, widths evaluated. Compare with `sameType`. */
export type Type =
  | { readonly kind: 'bit'; readonly width: number }
  | { readonly kind: 'fixedInt'; readonly width: number }
  | { readonly kind: 'varbit'; readonly maxWidth: number }
  /** The type of unsized integer literals and compile-time integers. */
  | { readonly kind: 'int' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'string' }
  | { readonly kind: 'error' }
  | { readonly kind: 'matchKind' }
  | { readonly kind: 'void' }
  /** `_`, `...`, `{#}`: the context says what it is. Also what an expression with an error counts as: it fits everywhere. */
  | { readonly kind: 'dontcare' }
  | StructType
  | { readonly kind: 'headerStack'; readonly element: StructType; readonly size: number }
  | {
      readonly kind: 'enum';
      readonly name: string;
      readonly decl: ast.EnumDeclaration;
      readonly members: readonly string[];
    }
  | {
      readonly kind: 'serEnum';
      readonly name: string;
      readonly decl: ast.EnumDeclaration;
      readonly underlying: Type;
      readonly members: ReadonlyMap<string, bigint>;
    }
  | {
      readonly kind: 'newtype';
      readonly name: string;
      readonly decl: ast.NewtypeDeclaration;
      readonly underlying: Type;
    }
  | { readonly kind: 'tuple'; readonly elements: readonly Type[] }
  /** The type of `{ f = ... }` before it meets a struct type. */
  | { readonly kind: 'structLiteral'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly element: Type }
  /** A keyset over `element`. */
  | { readonly kind: 'set'; readonly element: Type }
  | {
      readonly kind: 'extern';
      readonly name: string;
      readonly decl: ast.ExternObjectDeclaration;
      readonly typeArgs: readonly Type[];
    }
  | {
      readonly kind: 'parser';
      readonly name: string;
      readonly decl: ast.ParserDeclaration | ast.ParserTypeDeclaration;
      readonly typeArgs: readonly Type[];
    }
  | {
      readonly kind: 'control';
      readonly name: string;
      readonly decl: ast.ControlDeclaration | ast.ControlTypeDeclaration;
      readonly typeArgs: readonly Type[];
    }
  | {
      readonly kind: 'package';
      readonly name: string;
      readonly decl: ast.PackageDeclaration;
      readonly typeArgs: readonly Type[];
    }
  | { readonly kind: 'table'; readonly decl: ast.TableDeclaration }
  /** What `t.apply()` returns: hit, miss, action_run. */
  | { readonly kind: 'applyResult'; readonly decl: ast.TableDeclaration }
  /** `t.apply().action_run`: one of the table's actions; only `switch` takes it. */
  | { readonly kind: 'actionRun'; readonly decl: ast.TableDeclaration }
  | { readonly kind: 'action'; readonly decl: ast.ActionDeclaration }
  | { readonly kind: 'function' }
  | { readonly kind: 'state' }
  | { readonly kind: 'typeVariable'; readonly decl: ast.TypeParameter };

export interface StructType {
  readonly kind: 'struct' | 'header' | 'headerUnion';
  readonly name: string;
  readonly decl: ast.StructDeclaration | ast.HeaderDeclaration | ast.HeaderUnionDeclaration;
  readonly typeArgs: readonly Type[];
  readonly fields: readonly Field[];
}
export interface Field {
  readonly name: string;
  readonly type: Type;
  readonly annotations: readonly ast.Annotation[];
}

/** A value known when the program is compiled (P4_16 §18.1). `error` and plain enums are their qualified names. */
export type Constant =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'list'; readonly elements: readonly Constant[] }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [string, Constant])[] };

/** What a call does, decided once by the checker. `args` are matched to `params` by position or name; defaults filled in. */
export interface ResolvedCall {
  readonly target:
    | { readonly kind: 'externFunction'; readonly decl: ast.ExternFunctionDeclaration }
    | {
        readonly kind: 'externMethod';
        readonly object: ast.Expression;
        readonly decl: ast.ExternMethod;
        readonly extern: Type & { kind: 'extern' };
      }
    | { readonly kind: 'function'; readonly decl: ast.FunctionDeclaration }
    | { readonly kind: 'action'; readonly decl: ast.ActionDeclaration }
    | { readonly kind: 'tableApply'; readonly object: ast.Expression; readonly decl: ast.TableDeclaration }
    | {
        readonly kind: 'blockApply';
        readonly object: ast.Expression;
        readonly type: Type & { kind: 'parser' | 'control' };
      }
    /** isValid, setValid, setInvalid, push_front, pop_front, minSizeInBits, ...: methods that the language itself gives. */
    | { readonly kind: 'builtin'; readonly object: ast.Expression; readonly method: string }
    | { readonly kind: 'constructor'; readonly type: Type };
  readonly typeArgs: readonly Type[];
  /** One per parameter, in the order of declaration; `value` undefined where the source wrote `_` or gave none. */
  readonly args: readonly {
    readonly param: ast.Parameter;
    readonly type: Type;
    readonly value?: ast.Expression;
  }[];
  readonly returnType: Type;
}

/**
 * A program that follows the rules of the language, with what the checker found beside the tree.
 *
 * - `typeOf`: the type of every expression. Where an untyped integer meets `bit<W>`, the literal has type `int` and
 *   the implicit cast is not in the tree: a reader takes the type that the context demands.
 * - `constantOf`: present for every expression whose value is known at compile time without instantiating blocks.
 * - `declarationOf`: what a PathExpression, NamedType or TableActionCall's path names; also `main`'s type.
 */
export interface CheckedProgram {
  readonly program: ast.Program;
  readonly main?: ast.InstanceDeclaration;
  typeOf(expression: ast.Expression): Type;
  typeOfNode(type: ast.TypeNode): Type;
  typeOfParameter(param: ast.Parameter): Type;
  constantOf(expression: ast.Expression): Constant | undefined;
  declarationOf(path: ast.PathExpression | ast.NamedType): ast.Declaration | undefined;
  callOf(call: ast.CallExpression | ast.ConstructorExpression | ast.InstanceDeclaration): ResolvedCall;
  /** Every `error` member in order of declaration; the index is its code in BMv2 JSON. */
  readonly errors: readonly string[];
  readonly matchKinds: readonly string[];
}
