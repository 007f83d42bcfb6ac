import type { NameGenerator } from '../elaborate/index.js';
import type { Span } from '../syntax/source.js';
import { bits } from './build.js';
import type { CoreState, CoreTransition, Expr, Label, Stmt } from './core.js';

/** Puts branches of parser statements into states of their own, as parsers on targets branch only at transitions. */
export class StateBuilder {
  readonly states: CoreState[] = [];
  constructor(
    readonly names: NameGenerator,
    /** Gives a place that a transition can select on, for a condition that is not one. */
    readonly hold: (
      condition: Expr,
      span: Span,
    ) => { readonly place: Expr; readonly statements: readonly Stmt[] },
  ) {}

  /** Adds the state `name`, which runs `body` and goes on as `transition` says. */
  add(name: string, body: readonly Stmt[], transition: CoreTransition, span: Span): void {
    this.#flow(name, body, transition, span, new Map());
  }

  #flow(
    name: string,
    body: readonly Stmt[],
    transition: CoreTransition,
    span: Span,
    exits: ReadonlyMap<Label, string>,
  ): void {
    const at = body.findIndex(
      (s) => s.kind === 'if' || s.kind === 'block' || s.kind === 'leave' || s.kind === 'exit',
    );
    const split = body[at];
    if (!split) {
      this.states.push({ name, body, transition, span });
      return;
    }
    const before = body.slice(0, at);
    const after = body.slice(at + 1);
    if (split.kind === 'leave' || split.kind === 'exit') {
      const target = split.kind === 'leave' ? (exits.get(split.label) ?? 'accept') : 'accept';
      this.states.push({ name, body: before, transition: { kind: 'goto', target }, span });
      return;
    }
    const join = this.#continuation(name, after, transition, span, exits);
    const goto: CoreTransition = { kind: 'goto', target: join };
    if (split.kind === 'block') {
      const inside = new Map(exits).set(split.label, join);
      this.#flow(name, [...before, ...split.body], goto, span, inside);
      return;
    }
    if (split.kind !== 'if') return;
    const held = this.hold(split.condition, split.span);
    const branch = (statements: readonly Stmt[], suffix: string): string => {
      if (statements.length === 0) return join;
      const branchName = this.names.fresh(`${name}_${suffix}`);
      this.#flow(branchName, statements, goto, split.span, exits);
      return branchName;
    };
    const yes = branch(split.yes, 'true');
    const no = branch(split.no, 'false');
    this.states.push({
      name,
      body: [...before, ...held.statements],
      transition: {
        kind: 'select',
        keys: [{ kind: 'cast', operand: held.place, type: bits(1), span: split.span }],
        cases: [
          { keysets: [{ kind: 'value', value: 1n }], target: yes, span: split.span },
          { keysets: [{ kind: 'any' }], target: no, span: split.span },
        ],
      },
      span,
    });
  }

  /** The state that goes on after a branch; none is needed when nothing is left to do but to go elsewhere. */
  #continuation(
    name: string,
    rest: readonly Stmt[],
    transition: CoreTransition,
    span: Span,
    exits: ReadonlyMap<Label, string>,
  ): string {
    if (rest.length === 0 && transition.kind === 'goto') return transition.target;
    const join = this.names.fresh(`${name}_join`);
    this.#flow(join, rest, transition, span, exits);
    return join;
  }
}
