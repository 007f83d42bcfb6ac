import type { Type } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import {
  type BlockInstance,
  type ElaboratedProgram,
  type ExternInstance,
  findAnnotation,
  NameGenerator,
  type Scope,
  substitute,
  type TableInstance,
  type TypeBindings,
  underlying,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import type { Span } from '../syntax/source.js';
import { constant, variable } from './build.js';
import type { CoreAction, CoreTable, Expr, Label, Stmt, Variable } from './core.js';

/** What the names in a body of code stand for, and where its `return` goes. */
export interface Frame {
  readonly block: BlockInstance;
  readonly types: TypeBindings;
  readonly bindings: Map<ast.Declaration, Expr>;
  /** Extern instances that came in through parameters. */
  readonly instances: Map<ast.Declaration, ExternInstance>;
  /** The enclosing frame, for an action: that of its control. */
  readonly parent?: Frame;
  /** What `return` leaves, and where its value goes. */
  readonly exit?: { readonly label: Label; readonly result?: Expr };
  /** Copies out that `exit` must not skip, innermost last. */
  readonly copyOut: readonly (() => void)[];
  readonly place: 'parser' | 'control' | 'action';
}

/** The state of normalising one program: the statements being written, variables made, and what is done only once. */
export class Normaliser {
  readonly locals: Variable[] = [];
  readonly names: NameGenerator;
  readonly frames = new Map<BlockInstance, Frame>();
  readonly tables = new Map<TableInstance, CoreTable>();
  readonly actions = new Map<string, CoreAction>();
  /** How many places apply a block; one that is applied once may work on its arguments themselves. */
  readonly applications = new Map<BlockInstance, number>();
  #out: Stmt[] = [];

  constructor(
    readonly program: ElaboratedProgram,
    readonly diagnostics: Diagnostics,
  ) {
    this.names = new NameGenerator(['scalars', 'standard_metadata', 'userMetadata']);
  }

  /** Keeps variables apart from the names that headers have on targets: their paths below the headers struct. */
  reserve(type: Type, prefix = ''): void {
    if (!('fields' in type)) return;
    for (const field of type.fields) {
      const name = prefix === '' ? field.name : `${prefix}.${field.name}`;
      this.names.fresh(name);
      const plain = underlying(field.type);
      if (plain.kind === 'struct') this.reserve(plain, name);
    }
  }

  emit(statement: Stmt): void {
    this.#out.push(statement);
  }

  /** Runs `write` and gives the statements that it wrote instead of keeping them. */
  capture(write: () => void): Stmt[] {
    const outer = this.#out;
    const captured: Stmt[] = [];
    this.#out = captured;
    try {
      write();
    } finally {
      this.#out = outer;
    }
    return captured;
  }

  get position(): number {
    return this.#out.length;
  }

  insertAt(position: number, statements: readonly Stmt[]): void {
    this.#out.splice(position, 0, ...statements);
  }

  local(base: string, type: Type, span: Span): Expr {
    const made: Variable = { role: 'local', name: this.names.fresh(base), type };
    this.locals.push(made);
    return variable(made, span);
  }

  typeOf(frame: Frame, expression: ast.Expression): Type {
    return underlying(substitute(this.program.checked.typeOf(expression), frame.types));
  }

  scopeOf(frame: Frame): Scope {
    return { types: frame.types, values: frame.block.scope.values };
  }

  lookup(frame: Frame, decl: ast.Declaration): Expr | undefined {
    return frame.bindings.get(decl) ?? (frame.parent && this.lookup(frame.parent, decl));
  }

  instance(frame: Frame, decl: ast.Declaration): ExternInstance | undefined {
    const passed = frame.instances.get(decl) ?? (frame.parent && this.instance(frame.parent, decl));
    if (passed) return passed;
    const value = frame.block.scope.values.get(decl);
    return value?.kind === 'instance' && value.instance.kind === 'extern' ? value.instance : undefined;
  }

  /** Reports something that is right P4_16 but not done here, and gives a value so that the pass can go on. */
  unsupported(what: string, span: Span, type: Type = { kind: 'bit', width: 1 }): Expr {
    this.diagnostics.error('P4C901', `${what} is not supported yet`, span);
    return constant(0n, type, span);
  }

  /** Plain enums are numbered by the order of their members; errors by the order in the whole program. */
  symbol(type: Type, name: string): bigint {
    const member = name.slice(name.lastIndexOf('.') + 1);
    const members = type.kind === 'enum' ? type.members : this.program.checked.errors;
    return BigInt(Math.max(0, members.map((m) => m.slice(m.lastIndexOf('.') + 1)).indexOf(member)));
  }
}

/** `@name` of a local variable if it has one; only for readable output. */
export function localName(decl: {
  readonly name: ast.Identifier;
  readonly annotations: readonly ast.Annotation[];
}): string {
  const name = findAnnotation(decl.annotations, 'name')?.args?.[0];
  return name?.kind === 'StringLiteral' ? name.value.replace(/\W/g, '_') : decl.name.text;
}
