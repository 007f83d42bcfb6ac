import type { Diagnostics } from '../diagnostics.js';
import type { NameGenerator } from '../elaborate/index.js';
import type { CoreAction, CoreControl, CoreTable, Expr, Label, Stmt } from '../normalise/index.js';
import { lineOf } from './source-info.js';

/** A control as a graph of tables and conditions; null ends it. Statements become a table with one action. */
export interface Graph {
  readonly start: GraphNode | null;
  /** In the order in which they stand in the source. */
  readonly nodes: readonly GraphNode[];
}

export type GraphNode = TableNode | ConditionNode | CodeNode;

export interface TableNode {
  readonly kind: 'table';
  readonly name: string;
  readonly table: CoreTable;
  readonly next: Successors;
}

export type Successors =
  | { readonly kind: 'any'; readonly next: GraphNode | null }
  | { readonly kind: 'hit'; readonly hit: GraphNode | null; readonly miss: GraphNode | null }
  | {
      readonly kind: 'action';
      readonly cases: ReadonlyMap<CoreAction, GraphNode | null>;
      /** For an action without a label, and for no action. */
      readonly otherwise: GraphNode | null;
      readonly none: GraphNode | null;
    };

export interface ConditionNode {
  readonly kind: 'condition';
  readonly name: string;
  readonly condition: Expr;
  readonly yes: GraphNode | null;
  readonly no: GraphNode | null;
}

/** Statements between tables: a table without a key whose one action runs always. */
export interface CodeNode {
  readonly kind: 'code';
  readonly name: string;
  readonly action: CoreAction;
  readonly next: GraphNode | null;
}

/** Builds from the end to the beginning, so that everything that comes after a statement is known when it is met. */
class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly #tables = new Map<CoreTable, TableNode>();

  constructor(
    readonly control: CoreControl,
    readonly names: NameGenerator,
    readonly diagnostics: Diagnostics,
  ) {}

  sequence(
    body: readonly Stmt[],
    after: GraphNode | null,
    exits: ReadonlyMap<Label, GraphNode | null>,
  ): GraphNode | null {
    let next = after;
    let code: Stmt[] = [];
    const flush = (): void => {
      if (code.length > 0) next = this.#code(code, next);
      code = [];
    };
    for (const statement of [...body].reverse()) {
      switch (statement.kind) {
        case 'leave':
          code = [];
          next = exits.get(statement.label) ?? null;
          break;
        case 'exit':
          code = [];
          next = null;
          break;
        case 'block':
          flush();
          next = this.sequence(statement.body, next, new Map(exits).set(statement.label, next));
          break;
        case 'if': {
          flush();
          const no = this.sequence(statement.no, next, exits);
          const yes = this.sequence(statement.yes, next, exits);
          if (yes !== no) next = this.#condition(statement, yes, no);
          break;
        }
        case 'apply':
          flush();
          next = this.#apply(statement, next, exits);
          break;
        default:
          code.unshift(statement);
      }
    }
    flush();
    return next;
  }

  #code(body: readonly Stmt[], next: GraphNode | null): GraphNode {
    const { span } = body[0]!;
    const name = this.names.fresh(`${this.control.name}.line${lineOf(span)}`);
    const action: CoreAction = { name, params: [], body, span };
    const node: CodeNode = { kind: 'code', name: `tbl_${name}`, action, next };
    this.nodes.unshift(node);
    return node;
  }

  #condition(s: Stmt & { kind: 'if' }, yes: GraphNode | null, no: GraphNode | null): GraphNode {
    const name = this.names.fresh(`${this.control.name}.if${lineOf(s.span)}`);
    const node: ConditionNode = { kind: 'condition', name, condition: s.condition, yes, no };
    this.nodes.unshift(node);
    return node;
  }

  #apply(
    s: Stmt & { kind: 'apply' },
    next: GraphNode | null,
    exits: ReadonlyMap<Label, GraphNode | null>,
  ): GraphNode {
    const successors = this.#successors(s, next, exits);
    const known = this.#tables.get(s.table);
    if (known) {
      if (!sameSuccessors(known.next, successors)) {
        this.diagnostics.error(
          'P4C505',
          `table ${s.table.name} is applied in several places with different continuations, which this target cannot do; declare a table for each place`,
          s.span,
        );
      }
      return known;
    }
    const node: TableNode = { kind: 'table', name: s.table.name, table: s.table, next: successors };
    this.#tables.set(s.table, node);
    this.nodes.unshift(node);
    return node;
  }

  #successors(
    { outcome }: Stmt & { kind: 'apply' },
    next: GraphNode | null,
    exits: ReadonlyMap<Label, GraphNode | null>,
  ): Successors {
    switch (outcome.kind) {
      case 'any':
        return { kind: 'any', next };
      case 'hit': {
        const miss = this.sequence(outcome.miss, next, exits);
        return { kind: 'hit', hit: this.sequence(outcome.hit, next, exits), miss };
      }
      case 'action': {
        const otherwise = this.sequence(outcome.otherwise, next, exits);
        const cases = new Map<CoreAction, GraphNode | null>();
        for (const { actions, body } of [...outcome.cases].reverse()) {
          const target = this.sequence(body, next, exits);
          for (const action of actions) cases.set(action, target);
        }
        return { kind: 'action', cases, otherwise, none: next };
      }
    }
  }
}

function sameSuccessors(a: Successors, b: Successors): boolean {
  if (a.kind === 'any' && b.kind === 'any') return a.next === b.next;
  if (a.kind === 'hit' && b.kind === 'hit') return a.hit === b.hit && a.miss === b.miss;
  if (a.kind !== 'action' || b.kind !== 'action') return false;
  if (a.otherwise !== b.otherwise || a.cases.size !== b.cases.size) return false;
  return [...a.cases].every(([action, target]) => b.cases.get(action) === target);
}

export function buildGraph(control: CoreControl, names: NameGenerator, diagnostics: Diagnostics): Graph {
  const builder = new GraphBuilder(control, names, diagnostics);
  const start = builder.sequence(control.body, null, new Map());
  return { start, nodes: builder.nodes };
}
