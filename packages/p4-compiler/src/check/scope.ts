import type * as ast from '../syntax/ast.js';
import type { Type } from './types.js';

/** What the code around a statement is: it decides what may be called and which jumps are allowed. */
export type Place = 'program' | 'parser' | 'control' | 'action' | 'function' | 'table';

export type Named = Exclude<ast.Declaration, ast.ErrorDeclaration | ast.MatchKindDeclaration>;

/** Names of one block, linked to those around it (P4_16 §6.9). A name has several declarations only as overloads. */
export class Scope {
  readonly #names = new Map<string, Named[]>();
  readonly parent: Scope | undefined;
  readonly place: Place;
  /** The type a `return` must give: of the function around, void in actions and controls. */
  readonly returnType: Type | undefined;
  readonly inLoop: boolean;

  constructor(
    parent: Scope | undefined,
    changes: { readonly place?: Place; readonly returnType?: Type; readonly inLoop?: boolean } = {},
  ) {
    this.parent = parent;
    this.place = changes.place ?? parent?.place ?? 'program';
    this.returnType = changes.returnType ?? parent?.returnType;
    this.inLoop = changes.inLoop ?? parent?.inLoop ?? false;
  }

  get top(): Scope {
    return this.parent?.top ?? this;
  }
  own(name: string): readonly Named[] {
    return this.#names.get(name) ?? [];
  }
  add(name: string, decl: Named): void {
    const list = this.#names.get(name);
    if (list === undefined) this.#names.set(name, [decl]);
    else list.push(decl);
  }
  /** All declarations of the name in the innermost scope that has one. */
  find(name: string): readonly Named[] {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const found = scope.#names.get(name);
      if (found !== undefined) return found;
    }
    return [];
  }
  /** Every name that can be seen from here. */
  visible(): Set<string> {
    const names = this.parent?.visible() ?? new Set<string>();
    for (const name of this.#names.keys()) names.add(name);
    return names;
  }
}

/** `; did you mean 'x'?`, or nothing where no candidate is near. */
export function suggestion(wanted: string, candidates: Iterable<string>): string {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least && candidate !== wanted) {
      least = distance;
      best = candidate;
    }
  }
  return best === undefined ? '' : `; did you mean '${best}'?`;
}

/** Optimal string alignment distance; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit || a.length > 64 || b.length > 64) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** Choices in a message: at most eight, sorted as given. */
export function choices(names: Iterable<string>): string {
  const list = [...names];
  const shown = list.slice(0, 8).join(', ');
  return list.length > 8 ? `${shown}, ...` : shown;
}
