import type { CheckedProgram, Constant, Type } from '../check/types.js';
import type * as ast from '../syntax/ast.js';
import type { Architecture } from './architecture.js';
import type { TypeBindings } from './types.js';

/** The value of a constructor parameter, a constant or an instance name, once constructors have run (P4_16 §18.2). */
export type Value =
  | { readonly kind: 'constant'; readonly constant: Constant; readonly type: Type }
  | { readonly kind: 'instance'; readonly instance: Instance };

export type Instance = PackageInstance | BlockInstance | ExternInstance;

/** `V1Switch(...) main`, `Pipeline(...) pipe`. */
export interface PackageInstance {
  readonly kind: 'package';
  readonly decl: ast.PackageDeclaration;
  readonly name: string;
  /** In the order of the package's parameters. */
  readonly args: ReadonlyMap<string, Value>;
  readonly annotations: readonly ast.Annotation[];
  readonly span: ast.Node['span'];
}

/** What names mean inside an instance: bound type parameters, constructor arguments, local constants and instances. */
export interface Scope {
  readonly types: TypeBindings;
  readonly values: ReadonlyMap<ast.Declaration, Value>;
}

/** A parser or control with its constructor arguments bound and everything inside it instantiated. */
export interface BlockInstance {
  readonly kind: 'block';
  readonly decl: ast.ParserDeclaration | ast.ControlDeclaration;
  /**
   * The control-plane name of what contains its objects: the type's name for a block of the package, and the
   * instance path below it (`MyIngress.sub`) for the others.
   */
  readonly name: string;
  readonly scope: Scope;
  /** Instances in the order in which the control plane lists them. */
  readonly instances: ReadonlyMap<ast.Declaration | ast.CallExpression, Instance>;
  readonly tables: ReadonlyMap<ast.TableDeclaration, TableInstance>;
  readonly actions: ReadonlyMap<ast.ActionDeclaration, ActionInstance>;
  readonly valueSets: ReadonlyMap<ast.ValueSetDeclaration, ValueSetInstance>;
  readonly parent?: BlockInstance;
}

export interface ExternInstance {
  readonly kind: 'extern';
  readonly decl: ast.ExternObjectDeclaration;
  readonly typeArgs: readonly Type[];
  /** Full control-plane name. */
  readonly name: string;
  /** Constructor arguments by parameter name. */
  readonly args: ReadonlyMap<string, Value>;
  readonly annotations: readonly ast.Annotation[];
  /** Set when it was constructed inside a table's property. */
  readonly inPlace: boolean;
  /** Set when it was constructed as an argument of a block's constructor, and so belongs to that block. */
  readonly inConstructor: boolean;
  readonly span: ast.Node['span'];
  /** Bodies of abstract methods (TNA's `apply` of a RegisterAction). */
  readonly body?: ast.InstanceDeclaration['body'];
}

export interface TableInstance {
  readonly kind: 'table';
  readonly decl: ast.TableDeclaration;
  readonly name: string;
  readonly block: BlockInstance;
  /** Externs constructed in place as property values, by property name. */
  readonly inPlace: ReadonlyMap<string, ExternInstance>;
}

export interface ActionInstance {
  readonly kind: 'action';
  readonly decl: ast.ActionDeclaration;
  readonly name: string;
  /** Undefined for an action declared at the top level. */
  readonly block?: BlockInstance;
}

export interface ValueSetInstance {
  readonly kind: 'valueSet';
  readonly decl: ast.ValueSetDeclaration;
  readonly name: string;
  readonly size: number;
  readonly elementType: Type;
}

/** The program as a tree of instances, from `main` down. */
export interface ElaboratedProgram {
  readonly checked: CheckedProgram;
  readonly architecture: Architecture;
  readonly main: PackageInstance;
  /** Instances declared at the top level besides `main`, in order. */
  readonly globals: ReadonlyMap<ast.Declaration, Instance>;
  readonly scope: Scope;
  /** Actions declared at the top level (`NoAction`). */
  readonly actions: ReadonlyMap<ast.ActionDeclaration, ActionInstance>;
}
