import type { Type } from '../check/types.js';
import {
  appliedBlock,
  type BlockInstance,
  NameGenerator,
  underlying,
  type ValueSetInstance,
  widthOf,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { saved } from './assign.js';
import { bits } from './build.js';
import { declareLocals, enterBlock } from './calls.js';
import type { CoreCase, CoreParser, CoreTransition, Expr, Stmt } from './core.js';
import { partTypes, value } from './expressions.js';
import { plainLookahead } from './externs.js';
import { keyset } from './keysets.js';
import type { Frame, Normaliser } from './normaliser.js';
import { inOrder } from './operands.js';
import { isFixedPlace } from './places.js';
import { statements } from './statements.js';
import { StateBuilder } from './states.js';

/** Nesting of sub-parsers beyond which one is taken to apply itself. */
const MAX_DEPTH = 64;

/** Inlines sub-parsers into the states of the parser that applies them (P4_16 §13.10). */
class ParserInliner {
  readonly names = new NameGenerator(['accept', 'reject']);
  readonly valueSets: ValueSetInstance[] = [];
  readonly builder: StateBuilder;

  constructor(readonly n: Normaliser) {
    this.builder = new StateBuilder(this.names, (condition, span) => {
      let place = condition;
      const written = n.capture(() => {
        if (!isFixedPlace(condition)) place = saved(n, condition, span, 'cond');
      });
      return { place, statements: written };
    });
  }

  /**
   * Adds the states of a parser, prefixed when it is a sub-parser; `accept` becomes `onAccept`. Gives the name of its
   * start state.
   */
  add(f: Frame, prefix: string, onAccept: string, first: readonly Stmt[], depth: number): string {
    const { decl } = f.block;
    if (decl.kind !== 'ParserDeclaration') return onAccept;
    this.valueSets.push(...[...f.block.valueSets.values()].filter((set) => !this.valueSets.includes(set)));
    const renamed = new Map(
      decl.states.map((state) => [state.name.text, this.names.fresh(`${prefix}${state.name.text}`)] as const),
    );
    const target = (name: ast.Identifier): string => {
      if (name.text === 'accept') return onAccept;
      return renamed.get(name.text) ?? name.text;
    };
    const start = renamed.get('start') ?? 'reject';
    for (const state of decl.states) {
      const name = renamed.get(state.name.text)!;
      this.#state(f, name, state, target, state.name.text === 'start' ? first : [], depth);
    }
    return start;
  }

  /** A state is cut at each application of a sub-parser: what follows runs when that one accepts. */
  #state(
    f: Frame,
    name: string,
    state: ast.ParserState,
    target: (name: ast.Identifier) => string,
    first: readonly Stmt[],
    depth: number,
  ): void {
    let current = name;
    let pending: readonly Stmt[] = first;
    let todo: readonly ast.Statement[] = state.statements;
    for (;;) {
      const at = todo.findIndex((s) => this.#subParser(f, s) !== undefined);
      const here = at < 0 ? todo : todo.slice(0, at);
      const applied = todo[at];
      const body = [...pending, ...this.n.capture(() => statements(this.n, f, here))];
      const callee = applied && this.#subParser(f, applied);
      if (!callee || applied?.kind !== 'CallStatement') {
        this.#finish(f, current, body, state, target);
        return;
      }
      const after = this.names.fresh(`${name}_after`);
      const entered = this.#enter(f, callee, applied.call, body, after, depth);
      this.builder.add(current, entered.body, { kind: 'goto', target: entered.start }, applied.span);
      current = after;
      pending = this.n.capture(entered.leave);
      todo = todo.slice(at + 1);
    }
  }

  #subParser(f: Frame, s: ast.Statement): BlockInstance | undefined {
    if (s.kind !== 'CallStatement') return undefined;
    const { target } = this.n.program.checked.callOf(s.call);
    if (target.kind !== 'blockApply') return undefined;
    return appliedBlock(this.n.program, f.block, s.call, target.object);
  }

  #enter(
    f: Frame,
    callee: BlockInstance,
    call: ast.CallExpression,
    body: readonly Stmt[],
    after: string,
    depth: number,
  ): { body: readonly Stmt[]; start: string; leave: () => void } {
    if (depth > MAX_DEPTH) {
      this.n.diagnostics.error('P4C402', `parser ${callee.name} ends up applying itself`, call.span);
      return { body, start: after, leave: () => {} };
    }
    let frame: Frame = f;
    let leave = (): void => {};
    const entry = this.n.capture(() => {
      const entered = enterBlock(this.n, f, callee, this.n.program.checked.callOf(call).args);
      frame = entered.frame;
      leave = entered.leave;
      declareLocals(this.n, frame, callee.decl.locals);
    });
    const prefix = `${callee.name.slice(callee.name.lastIndexOf('.') + 1)}_`;
    const start = this.add(frame, prefix, after, [], depth + 1);
    return { body: [...body, ...entry], start, leave };
  }

  #finish(
    f: Frame,
    name: string,
    body: readonly Stmt[],
    state: ast.ParserState,
    target: (name: ast.Identifier) => string,
  ): void {
    let transition: CoreTransition = { kind: 'goto', target: 'reject' };
    const more = this.n.capture(() => {
      if (state.transition) transition = this.#transition(f, state.transition, target);
    });
    this.builder.add(name, [...body, ...more], transition, state.span);
  }

  #transition(f: Frame, t: ast.Transition, target: (name: ast.Identifier) => string): CoreTransition {
    if (t.kind === 'DirectTransition') return { kind: 'goto', target: target(t.target) };
    const given = inOrder(
      this.n,
      t.keys.map((key) => () => plainLookahead(this.n, f, key) ?? value(this.n, f, key)),
    );
    // A key that is a struct or a tuple is matched part by part.
    const flat = given.flatMap((key) => this.#parts(key));
    const keys = flat.map((key) => this.#selectable(key));
    const cases = t.cases.map((c): CoreCase => {
      const keysets = this.#keysets(f, c.keysets, flat);
      return { keysets, target: target(c.target), span: c.span };
    });
    return { kind: 'select', keys, cases };
  }

  #parts(key: Expr): readonly Expr[] {
    const types = partTypes(key.type);
    if (types.length === 0 || key.type.kind === 'header') return [key];
    if (key.kind === 'list') return key.elements.flatMap((part) => this.#parts(part));
    return [key];
  }

  #selectable(key: Expr): Expr {
    if (key.kind === 'lookahead' || isFixedPlace(key)) return key;
    const last = key.kind === 'member' && key.target.kind === 'stack' && key.target.which === 'last';
    if (last && isFixedPlace(key.target.target)) return key;
    return saved(this.n, key, key.span, 'key');
  }

  #keysets(f: Frame, sets: readonly ast.Expression[], keys: readonly Expr[]): CoreCase['keysets'] {
    const only = sets.length === 1 ? sets[0] : undefined;
    if (only?.kind === 'DefaultExpression') return keys.map(() => ({ kind: 'any' }));
    const flat = sets.length === keys.length ? sets : sets.flatMap(listElements);
    if (only && flat.length === 1 && keys.length > 1) {
      const set = keyset(this.n, f, only, bits(1), 1);
      if (set.kind === 'valueSet') return [set];
    }
    return keys.map((key, i) => {
      const given = flat[i];
      const type: Type = underlying(key.type);
      return given ? keyset(this.n, f, given, type, widthOf(type) ?? 1) : { kind: 'any' };
    });
  }
}

function listElements(e: ast.Expression): readonly ast.Expression[] {
  return e.kind === 'ListExpression' ? e.elements.flatMap(listElements) : [e];
}

/** Normalises the parser of the package with all sub-parsers inlined. */
export function normaliseParser(n: Normaliser, frame: Frame): CoreParser {
  const { decl, name } = frame.block;
  const inliner = new ParserInliner(n);
  const first = n.capture(() => declareLocals(n, frame, decl.locals));
  inliner.add(frame, '', 'accept', first, 0);
  return { name, states: inliner.builder.states, valueSets: inliner.valueSets, span: decl.span };
}
